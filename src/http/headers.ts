/**
 * Headers as a plain object with lower-case names, from whatever an HTTP client returns: `Headers`, a Map, pairs or a plain object. Anything
 * else counts as no headers, so that it cannot hide the status.
 */
export function toHeaderRecord(headers: unknown): Record<string, string> {
  const record: Record<string, string> = {}
  try {
    for (const [name, value] of listPairs(headers)) record[String(name).toLowerCase()] = String(value)
  } catch {
    // Not readable as headers.
  }
  return record
}

function listPairs(headers: unknown): Iterable<[unknown, unknown]> {
  if (typeof headers !== 'object' || headers === null) return []
  // Casts: guesses at an undocumented shape, inside the try above.
  if (Array.isArray(headers)) return headers as [unknown, unknown][]
  const { entries } = headers as { entries?: unknown }
  if (typeof entries === 'function') return (headers as Map<unknown, unknown>).entries()
  return Object.entries(headers)
}
