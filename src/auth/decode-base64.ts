/** The bytes of a Base64 text, whitespace ignored; undefined where it is none. */
export function decodeBase64(text: string) {
  try {
    return Uint8Array.from(atob(text.replace(/\s/g, '')), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}
