/** A text, compressed; undefined where the runtime cannot, as Vercel's edge runtime. */
export async function gzip(text: string): Promise<ArrayBuffer | undefined> {
  try {
    // Next's edge runtime has a CompressionStream that throws when it is used.
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
    return await new Response(stream).arrayBuffer()
  } catch {
    return undefined
  }
}
