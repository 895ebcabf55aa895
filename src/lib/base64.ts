import { encodeUtf8 } from './encode-utf8.ts'

/** Base64 of the UTF-8 bytes of a text; `btoa` alone rejects everything beyond Latin-1. */
export function encodeBase64(text: string): string {
  return encodeBytes(encodeUtf8(text))
}

export function encodeBytes(bytes: Uint8Array): string {
  // Not spread into one call, because the number of arguments is limited.
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
