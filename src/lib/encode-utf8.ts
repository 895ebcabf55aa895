/** Undefined in jsdom, which has none. */
export const encoder = typeof TextEncoder === 'undefined' ? undefined : new TextEncoder()

export function encodeUtf8(text: string): Uint8Array {
  return encoder ? encoder.encode(text) : encodeByHand(text)
}

/** Only escapes can: `encodeURIComponent` throws for half a surrogate pair, which UTF-8 replaces. */
function encodeByHand(text: string): Uint8Array {
  const escaped = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD'))
  const binary = escaped.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Uint8Array.from(binary, (char) => char.charCodeAt(0))
}
