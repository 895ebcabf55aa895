/** Room for the largest event that may travel: counting by writing is many times faster than by looking at each character. */
const scratch = new Uint8Array(32 * 1024)
const encoder = new TextEncoder()

/** Bytes that a string takes in UTF-8. */
export function utf8ByteLength(text: string): number {
  const { read, written } = encoder.encodeInto(text, scratch)
  return read === text.length ? written : encoder.encode(text).length
}
