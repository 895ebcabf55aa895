/** Longer pauses that a server asks for are cut to this. */
export const MAX_RETRY_AFTER_MS = 300_000

/** Seconds, in the format of RFC 9110, section 10.2.3. */
const SECONDS = /^\s*\d+\s*$/
/**
 * A date in one of the three formats of RFC 9110, section 5.6.7, all of which start with a weekday. `Date.parse` alone
 * accepts '-5' as a date.
 */
const HTTP_DATE = /^\s*(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /

/**
 * The milliseconds that the server asks us to wait: `Retry-After`, in seconds or as an HTTP date, or else
 * `X-RateLimit-Reset`, in seconds. Undefined if it asks for nothing readable.
 */
export function parseRetryAfterMs(headers: Record<string, string>, nowMs: number): number | undefined {
  const { 'retry-after': retryAfter = '', 'x-ratelimit-reset': reset = '' } = headers
  const candidatesMs = [parseSecondsMs(retryAfter), parseDateMs(retryAfter) - nowMs, parseSecondsMs(reset)]
  const waitMs = candidatesMs.find((ms) => !Number.isNaN(ms))
  return waitMs && Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS)
}

function parseSecondsMs(text: string): number {
  return SECONDS.test(text) ? Number(text) * 1000 : Number.NaN
}

function parseDateMs(text: string): number {
  return HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN
}
