/** Base64 of the UTF-8 bytes of a text. `btoa` alone refuses everything beyond Latin-1. */
export function encodeBase64(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}
