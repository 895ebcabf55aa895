import type { HTTPResponse } from '../http.ts'

/** A server that asks for more is not obeyed beyond this. */
export const MAX_RETRY_AFTER_MS = 300_000

/**
 * The milliseconds that the server asks us to wait: `Retry-After`, in seconds or as an HTTP date (RFC 9110, 10.2.3), else
 * `X-RateLimit-Reset`, in seconds. Undefined where it asks for nothing that can be understood.
 */
export function parseRetryAfterMs(headers: HTTPResponse['headers'], nowMs: number): number | undefined {
  const text = readHeader(headers, 'retry-after') ?? readHeader(headers, 'x-ratelimit-reset')
  if (!text) return undefined
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  if (Number.isNaN(waitMs)) return undefined
  return Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS)
}

/** Headers as a plain object with lower-case names, whichever form the HTTP client gave. */
export function toHeaderRecord(headers: HTTPResponse['headers']): Record<string, string> {
  const record: Record<string, string> = {}
  if (!headers) return record
  const entries: Iterable<[string, unknown]> = isIterableHeaders(headers) ? headers.entries() : Object.entries(headers)
  for (const [name, value] of entries) record[name.toLowerCase()] = String(value)
  return record
}

function readHeader(headers: HTTPResponse['headers'], name: string): string | undefined {
  return toHeaderRecord(headers)[name]?.trim()
}

function isIterableHeaders(
  headers: NonNullable<HTTPResponse['headers']>,
): headers is { entries(): IterableIterator<[string, unknown]> } & NonNullable<HTTPResponse['headers']> {
  return typeof headers.entries === 'function'
}
