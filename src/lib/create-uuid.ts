/** A random UUID (version 4). Some versions of jsdom lack `crypto.randomUUID`, others `crypto` itself. */
export function createUuid(): string {
  if (typeof crypto !== 'undefined' && crypto.randomUUID) return crypto.randomUUID()
  return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) =>
    (digit === '8' ? 8 + Math.floor(Math.random() * 4) : Math.floor(Math.random() * 16)).toString(16),
  )
}
