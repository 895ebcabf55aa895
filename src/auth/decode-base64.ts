/** The bytes of a Base64 text, ignoring whitespace; undefined if it is not Base64. */
export function decodeBase64(text: string) {
  try {
    return Uint8Array.from(atob(text.replace(/\s/g, '')), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}
