/** Base64 of the UTF-8 bytes of a text. `btoa` alone refuses everything beyond Latin-1. */
export function encodeBase64(text: string): string {
  return encodeBytes(new TextEncoder().encode(text))
}

export function encodeBytes(bytes: Uint8Array): string {
  // Not spread into one call, which takes so many arguments and no more.
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
