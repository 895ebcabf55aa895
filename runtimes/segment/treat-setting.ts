/** What a number stands for that is too large, or that is none; a duration then has its default. */
const OTHERWISE: Readonly<Record<string, number>> = { flushAt: 2_500, maxEventsInBatch: 2_500, maxRetries: 100 }

/**
 * What Segment's library makes of a value that the core has refused, as it was observed from outside; the value itself, if it delivers
 * nothing with it. What comes back may be refused as well.
 */
export function treatSetting(field: string, value: unknown): unknown {
  if (field === 'disable') return Boolean(value)
  if (value === null) return undefined
  if (field === 'path') return `/${value}`
  if (field === 'host') return readOrigin(value)
  if (Object(value) === value) return value
  const number = Math.floor(Number(value))
  if (number < 0) return 0
  if (number >= 0 && number !== value) return number
  return number === 0 ? 1 : OTHERWISE[field]
}

function readOrigin(host: unknown): unknown {
  try {
    // The cast: what is no text is read as one.
    return new URL(host as string).origin
  } catch {
    return host
  }
}
