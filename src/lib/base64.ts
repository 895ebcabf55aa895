/** Base64 of the UTF-8 bytes of a text. `btoa` alone refuses everything beyond Latin-1. */
export function encodeBase64(text: string): string {
  return encodeBytes(new TextEncoder().encode(text))
}

/** Base64url without padding, RFC 7515, 2. */
export function encodeBase64Url(content: string | Uint8Array): string {
  const base64 = typeof content === 'string' ? encodeBase64(content) : encodeBytes(content)
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The bytes of a Base64 text, whitespace ignored; undefined where it is none. */
export function decodeBase64(text: string) {
  try {
    return Uint8Array.from(atob(text.replace(/\s/g, '')), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}

function encodeBytes(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
