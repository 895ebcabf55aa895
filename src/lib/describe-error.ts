/** Long enough for a message; an error may contain a whole response. */
const MAX_LENGTH = 1_000

/**
 * An error's message as one line of text. Its other fields may contain anything, for example a request with credentials.
 */
export function describeError(error: unknown): string {
  try {
    // The cast: anything can be thrown; missing fields are undefined.
    const { name, message, code } = error as { name?: unknown; message?: unknown; code?: unknown }
    const said = typeof message === 'string' ? message || code : error
    const text = String(said)
    const prefix = typeof name === 'string' && name !== 'Error' && typeof message === 'string' ? `${name}: ` : ''
    return (prefix + text).slice(0, MAX_LENGTH)
  } catch {
    return 'something that cannot be read'
  }
}
