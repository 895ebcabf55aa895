/** Bytes that a well-formed string takes in UTF-8, counted without encoding it. */
export function utf8ByteLength(text: string): number {
  let byteCount = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    // Each half of a surrogate pair counts two, together the four bytes of its code point.
    byteCount += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  return byteCount
}
