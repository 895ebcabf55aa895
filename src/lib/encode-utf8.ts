/** Undefined in jsdom, which has no TextEncoder. */
export const encoder = typeof TextEncoder === 'undefined' ? undefined : new TextEncoder()

export function encodeUtf8(text: string): Uint8Array {
  return encoder ? encoder.encode(text) : encodeByHand(text)
}

/** For lone surrogates, `encodeURIComponent` throws, while UTF-8 replaces them. */
function encodeByHand(text: string): Uint8Array {
  const escaped = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD'))
  const binary = escaped.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Uint8Array.from(binary, (char) => char.charCodeAt(0))
}
