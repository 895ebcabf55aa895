import { encoder, encodeUtf8 } from './encode-utf8.ts'

/**
 * Holds the largest event allowed: encoding into a buffer counts bytes many times faster than looking at each
 * character.
 */
const scratch = new Uint8Array(32 * 1024)

/** The number of bytes of a string in UTF-8. */
export function utf8ByteLength(text: string): number {
  if (encoder) {
    const { read, written } = encoder.encodeInto(text, scratch)
    if (read === text.length) return written
  }
  return encodeUtf8(text).length
}
