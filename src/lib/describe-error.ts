/** Long enough for a message; an error may carry a whole response in it. */
const MAX_LENGTH = 1_000

/** What an error says, as one line of text. Its other fields may hold anything, a request with its credentials for example. */
export function describeError(error: unknown): string {
  try {
    // The cast: anything can be thrown; what is missing is undefined.
    const { name, message, code } = error as { name?: unknown; message?: unknown; code?: unknown }
    const said = typeof message === 'string' ? message || code : error
    const text = String(said)
    const prefix = typeof name === 'string' && name !== 'Error' && typeof message === 'string' ? `${name}: ` : ''
    return (prefix + text).slice(0, MAX_LENGTH)
  } catch {
    return 'something that cannot be read'
  }
}
