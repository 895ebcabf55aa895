import { ValidationError } from './errors.ts'
import type { HTTPClient, HTTPFetchFn } from './http.ts'
import { isPlainObject } from './lib/is-plain-object.ts'

/** Settings of a client. Each is checked once, at construction; a wrong one throws a ValidationError that names it. */
export interface AnalyticsSettings {
  /** The write key of the source, from Segment: Connections > Sources > Settings. */
  writeKey: string
  /**
   * Base URL of the Tracking API, `https://events.eu1.segmentapis.com` for workspaces in the EU.
   * @default 'https://api.segment.io'
   */
  host?: string | undefined
  /** Path of the batch route. @default '/v1/batch' */
  path?: string | undefined
  /** Times that a batch is sent again after a transient failure: a whole number, 0 to 100. @default 3 */
  maxRetries?: number | undefined
  /** Events in a batch, at most; this many are sent without waiting: a whole number, 1 to 2500. @default 15 */
  flushAt?: number | undefined
  /** Milliseconds that an event waits for others to join its batch: 0 to 2147483647. @default 10000 */
  flushInterval?: number | undefined
  /** Milliseconds for one request, answer and body included: 1 to 2147483647. @default 10000 */
  httpRequestTimeout?: number | undefined
  /** Make no requests, for tests: each event counts as delivered. @default false */
  disable?: boolean | undefined
  /** A fetch-like function or an HTTPClient to make the requests with. @default the runtime's fetch */
  httpClient?: HTTPFetchFn | HTTPClient | undefined
}

/** Settings with every default applied; frozen. */
export interface ResolvedSettings {
  readonly writeKey: string
  readonly url: string
  readonly maxRetries: number
  readonly flushAt: number
  readonly flushIntervalMs: number
  readonly httpRequestTimeoutMs: number
  readonly isDisabled: boolean
  readonly httpClient: HTTPFetchFn | HTTPClient | undefined
}

/** The longest that a timer can wait; a longer one fires at once, on every runtime. */
export const MAX_TIMER_MS = 2_147_483_647

/** Segment accepts a request with more events, then drops it. */
const MAX_EVENTS_PER_REQUEST = 2_500

const ALLOWED: Record<keyof AnalyticsSettings, true> = {
  writeKey: true,
  host: true,
  path: true,
  maxRetries: true,
  flushAt: true,
  flushInterval: true,
  httpRequestTimeout: true,
  disable: true,
  httpClient: true,
}

export function resolveSettings(settings: AnalyticsSettings): ResolvedSettings {
  if (!isPlainObject(settings)) throw new ValidationError('settings', 'must be an object: new Analytics({ writeKey })')
  for (const name of Object.keys(settings)) {
    if (!Object.hasOwn(ALLOWED, name)) {
      throw new ValidationError(name, `is not a setting; the settings are ${Object.keys(ALLOWED).join(', ')}`)
    }
  }
  const { writeKey, disable = false } = settings
  if (typeof writeKey !== 'string' || writeKey.trim() === '') {
    throw new ValidationError('writeKey', `must be a non-empty string, not ${describe(writeKey)}`)
  }
  if (typeof disable !== 'boolean') {
    throw new ValidationError('disable', `must be true or false, not ${describe(disable)}`)
  }
  return Object.freeze({
    writeKey,
    url: resolveUrl(settings.host ?? 'https://api.segment.io', settings.path ?? '/v1/batch'),
    maxRetries: checkNumber('maxRetries', settings.maxRetries ?? 3, { min: 0, max: 100, isWhole: true }),
    flushAt: checkNumber('flushAt', settings.flushAt ?? 15, { min: 1, max: MAX_EVENTS_PER_REQUEST, isWhole: true }),
    flushIntervalMs: checkNumber('flushInterval', settings.flushInterval ?? 10_000, { min: 0 }),
    httpRequestTimeoutMs: checkNumber('httpRequestTimeout', settings.httpRequestTimeout ?? 10_000, { min: 1 }),
    isDisabled: disable,
    httpClient: checkHTTPClient(settings.httpClient),
  })
}

/** A timeout as calls and scopes take it: milliseconds above 0. */
export function checkTimeout(timeoutMs: unknown): number {
  return checkNumber('timeout', timeoutMs, { min: 1 })
}

function checkNumber(
  name: string,
  value: unknown,
  { min, max = MAX_TIMER_MS, isWhole = false }: { min: number; max?: number; isWhole?: boolean },
): number {
  const isInRange = typeof value === 'number' && value >= min && value <= max
  if (isInRange && (!isWhole || Number.isInteger(value))) return value
  const kind = isWhole ? 'a whole number' : 'a number of milliseconds'
  throw new ValidationError(name, `must be ${kind} from ${min} to ${max}, not ${describe(value)}`)
}

function resolveUrl(host: unknown, path: unknown): string {
  const base = parseUrl(host)
  if (!base || !/^https?:$/.test(base.protocol)) {
    throw new ValidationError('host', "must be an http(s) URL like 'https://api.segment.io'")
  }
  if (base.username || base.password || base.search || base.hash) {
    throw new ValidationError(
      'host',
      "must hold no credentials, query or fragment, only a base like 'https://api.segment.io'",
    )
  }
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new ValidationError('path', `must be a string that starts with '/', like '/v1/batch', not ${describe(path)}`)
  }
  return base.href.replace(/\/$/, '') + path
}

function parseUrl(text: unknown): URL | undefined {
  try {
    return typeof text === 'string' ? new URL(text) : undefined
  } catch {
    return undefined
  }
}

function checkHTTPClient(client: AnalyticsSettings['httpClient']): AnalyticsSettings['httpClient'] {
  if (client === undefined || typeof client === 'function') return client
  if (typeof client?.makeRequest === 'function') return client
  throw new ValidationError(
    'httpClient',
    `must be a function like fetch or an object with makeRequest(), not ${describe(client)}`,
  )
}

/** Names a value without showing it where it could be a secret. */
function describe(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  return value === '' ? 'an empty string' : `of type ${typeof value}`
}
