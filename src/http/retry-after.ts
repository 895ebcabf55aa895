/** A server that asks for more is not obeyed beyond this. */
export const MAX_RETRY_AFTER_MS = 300_000

/** Seconds, as RFC 9110, 10.2.3 has them. */
const SECONDS = /^\s*\d+\s*$/
/** A date in one of the three forms of RFC 9110, 5.6.7: each starts with the name of a day. `Date.parse` alone takes '-5' for one. */
const HTTP_DATE = /^\s*(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /

/**
 * The milliseconds that the server asks us to wait: `Retry-After`, in seconds or as an HTTP date, else `X-RateLimit-Reset`, in
 * seconds. Undefined where it asks for nothing that can be understood.
 */
export function parseRetryAfterMs(headers: Record<string, string>, nowMs: number): number | undefined {
  const { 'retry-after': retryAfter = '', 'x-ratelimit-reset': reset = '' } = headers
  const askedMs = [parseSecondsMs(retryAfter), parseDateMs(retryAfter) - nowMs, parseSecondsMs(reset)]
  const waitMs = askedMs.find((ms) => !Number.isNaN(ms))
  return waitMs && Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS)
}

function parseSecondsMs(text: string): number {
  return SECONDS.test(text) ? Number(text) * 1000 : Number.NaN
}

function parseDateMs(text: string): number {
  return HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN
}
