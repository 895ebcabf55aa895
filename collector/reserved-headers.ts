/** Headers that describe the connection or the length of the body. With another value, no client could read the answer. */
export const RESERVED_HEADERS: readonly string[] = [
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** The first of these names that is reserved, as it was given. */
export function findReservedHeader(headers: object = {}): string | undefined {
  return Object.keys(headers).find((name) => RESERVED_HEADERS.includes(name.toLowerCase()))
}
