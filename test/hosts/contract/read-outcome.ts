import type { Outcome } from './driver.ts'

/** The outcome of an invocation, from the response that its caller got; the whole body of it. */
export async function readOutcome(response: Response): Promise<Outcome> {
  const headers = Object.fromEntries(response.headers)
  const { 'x-error': error } = headers
  const text = await response.text()
  // A cast: `callAsHost` and the Node driver write nothing else.
  return { status: response.status, headers, text, ...(error !== undefined && { error: error as 'own' | 'other' }) }
}
