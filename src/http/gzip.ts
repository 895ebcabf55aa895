/** Compresses a text; undefined on runtimes that cannot, for example Vercel's edge runtime. */
export async function gzip(text: string): Promise<ArrayBuffer | undefined> {
  try {
    // The CompressionStream of Next's edge runtime throws when used.
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
    return await new Response(stream).arrayBuffer()
  } catch {
    return undefined
  }
}
