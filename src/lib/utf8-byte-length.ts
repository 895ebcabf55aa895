import { encoder, encodeUtf8 } from './encode-utf8.ts'

/** Room for the largest event that may travel: counting by writing is many times faster than by looking at each character. */
const scratch = new Uint8Array(32 * 1024)

/** Bytes that a string takes in UTF-8. */
export function utf8ByteLength(text: string): number {
  if (encoder) {
    const { read, written } = encoder.encodeInto(text, scratch)
    if (read === text.length) return written
  }
  return encodeUtf8(text).length
}
