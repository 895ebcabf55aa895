import type { DeliveryError } from '../errors.ts'
import type { RetryLimits } from '../http/back-off.ts'
import { REDACTED } from '../http/redactor.ts'
import type { HTTPClient, HTTPFetchFn } from '../http/types.ts'
import type { AnyCalls, Defaults, HandOver, HandOverSettings, Plan, SegmentEvent } from '../types.ts'
import {
  baseUrl,
  type Checks,
  checkDefaults,
  checkFunction,
  checkHTTPClient,
  checkSettings,
  choice,
  isPlaintextUrl,
  methods,
  milliseconds,
  nested,
  seconds,
  text,
  throwInvalid,
  wholeNumber,
} from './check.ts'
import { type OAuthSettings, type ResolvedOAuthSettings, resolveOAuthSettings } from './oauth-settings.ts'

/**
 * Settings of a client. Each is checked once, by the constructor, which throws a {@link ValidationError} that names the first wrong
 * one and what is allowed. An unknown name causes a warning.
 *
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#configuration | Segment's library: configuration}
 */
export interface AnalyticsSettings<Calls extends AnyCalls = AnyCalls> {
  /**
   * The write key of the source, from Segment: Connections > Sources > Settings. A non-empty string; with `disable`, it may be
   * empty.
   * @example
   * new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#getting-started | Segment's library: getting started}
   */
  writeKey: string
  /**
   * Base URL of the Tracking API, without credentials, query or fragment. Plain `http://` to another machine causes a warning.
   * @default 'https://api.segment.io'
   * @example
   * new Analytics({ writeKey, host: 'https://events.eu1.segmentapis.com' })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#regional-configuration | Segment's library: regional configuration}
   */
  host?: string | undefined
  /**
   * Path of the batch route: a string that starts with `/`.
   * @default '/v1/batch'
   * @example
   * new Analytics({ writeKey, path: '/segment/batch' })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#configuration | Segment's library: configuration}
   */
  path?: string | undefined
  /**
   * How often a batch is sent again after a transient failure: a whole number, 0 to 100.
   * @default 3
   * @example
   * new Analytics({ writeKey, maxRetries: 5 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#configuration | Segment's library: configuration}
   */
  maxRetries?: number | undefined
  /**
   * Maximum number of events in a batch. As soon as this many are pending, they are sent. A whole number, 1 to 2500.
   * @default 15
   * @example
   * new Analytics({ writeKey, flushAt: 100 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#batching | Segment's library: batching}
   */
  flushAt?: number | undefined
  /**
   * The name of `flushAt` in older programs: a whole number, 1 to 2500.
   * @deprecated Use `flushAt`, which takes precedence.
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#batching | Segment's library: batching}
   */
  maxEventsInBatch?: number | undefined
  /**
   * Milliseconds that an event waits for others to join its batch: 0 to 2147483647.
   * @default 10000
   * @example
   * new Analytics({ writeKey, flushInterval: 1000 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#batching | Segment's library: batching}
   */
  flushInterval?: number | undefined
  /**
   * Milliseconds within which the headers of a response must arrive; its body has one more second. 1 to 2147483647.
   * @default 10000
   * @example
   * new Analytics({ writeKey, httpRequestTimeout: 3000 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#configuration | Segment's library: configuration}
   */
  httpRequestTimeout?: number | undefined
  /**
   * Maximum pause before the first retry, in milliseconds; the minimum is half of it. Each later pause may be eight times as long. 1 to
   * 2147483647.
   * @default 100
   * @example
   * new Analytics({ writeKey, minRetryDelay: 250 })
   */
  minRetryDelay?: number | undefined
  /**
   * Maximum pause before any retry, in milliseconds: `minRetryDelay` to 2147483647.
   * @default 30000, or `minRetryDelay` if that is more
   * @example
   * new Analytics({ writeKey, maxRetryDelay: 5000 })
   */
  maxRetryDelay?: number | undefined
  /**
   * Seconds after the first failure of a batch within which its retries must begin; pauses that a 429 asks for do not count. 0 to
   * 2147483.
   * @default 43200 (12 hours)
   * @example
   * new Analytics({ writeKey, maxTotalBackoffDuration: 600 })
   */
  maxTotalBackoffDuration?: number | undefined
  /**
   * Seconds after the first 429 of a batch within which the pauses that 429s ask for must be over. 0 to 2147483.
   * @default 43200 (12 hours)
   * @example
   * new Analytics({ writeKey, maxRateLimitDuration: 600 })
   */
  maxRateLimitDuration?: number | undefined
  /**
   * Requests of one queue that may be in flight at once: a whole number, 1 to 100.
   * @default 4
   * @example
   * new Analytics({ writeKey, maxConcurrentRequests: 1 })
   */
  maxConcurrentRequests?: number | undefined
  /**
   * Maximum number of events in a queue, each from acceptance to outcome: a whole number, 1 to 10000000.
   * @default 100000
   * @example
   * new Analytics({ writeKey, maxQueueSize: 10_000 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#batching | Segment's library: batching}
   */
  maxQueueSize?: number | undefined
  /**
   * Maximum size of the events in a queue, in bytes of JSON: a whole number, 32768 to 2147483647.
   * @default 67108864 (64 MB)
   * @example
   * new Analytics({ writeKey, maxQueueBytes: 8 * 1024 * 1024 })
   */
  maxQueueBytes?: number | undefined
  /**
   * Which event fails with `ERR_QUEUE_FULL` when the queue is full: the new one, or the oldest that is not in flight.
   * @default 'newest'
   * @example
   * new Analytics({ writeKey, failWhenFull: 'oldest' })
   */
  failWhenFull?: 'newest' | 'oldest' | undefined
  /**
   * Called with the events of a batch that has finally failed, to store them in a queue, a table or a file; `send()` sends them later.
   * Its promise is awaited for `pluginTimeout`, within the deadline of the flush. If it rejects or takes longer, the events count
   * as failed.
   * @default none
   * @example
   * new Analytics({ writeKey, onUndelivered: (events) => store.put(JSON.stringify(events)) })
   */
  onUndelivered?: ((events: SegmentEvent[], reason: DeliveryError) => unknown) | undefined
  /**
   * Hands events over to a queue of the platform, made by `toQueue()`, `toSqs()` or `createHandOver()`. It may take
   * `pluginTimeout`, within the deadline of the flush. Events that it does not accept go to `onUndelivered`, or fail.
   * @default none
   * @example
   * new Analytics({ writeKey, handOver: { to: createHandOver(target), when: 'always' } })
   */
  handOver?: HandOverSettings | undefined
  /**
   * Whether to replace `Authorization` and the write key in what `http_request` and `http_response` listeners get, because they usually
   * log it.
   * @default true
   * @example
   * new Analytics({ writeKey, redactCredentials: false })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#event-emitter-interface | Segment's library: event emitter}
   */
  redactCredentials?: boolean | undefined
  /**
   * Milliseconds that a plugin's hook, its `load`, a call of `handOver`, or `onUndelivered` may take: 1 to 2147483647. An event
   * fails if a `before` or `enrichment` hook takes longer; nothing waits longer for other hooks.
   * @default 5000
   * @example
   * new Analytics({ writeKey, pluginTimeout: 500 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#plugin-architecture | Segment's library: plugins}
   */
  pluginTimeout?: number | undefined
  /**
   * What a call does if Segment's library would throw a ValidationError, for example for a `track` without `event`. 'throw' also
   * throws. 'fail' fails the event with `ERR_INVALID_EVENT`, so that no call ever throws into a handler. 'send' also throws, but sends
   * other invalid events, such as one with an empty id, as Segment's library does.
   * @default 'throw'
   * @example
   * new Analytics({ writeKey, invalidEvents: 'fail' })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#error-handling | Segment's library: error handling}
   */
  invalidEvents?: 'throw' | 'fail' | 'send' | undefined
  /**
   * Creates the `anonymousId` of an event if neither the call nor its scope has an id.
   * @default none: such a call is invalid
   * @example
   * new Analytics({ writeKey, anonymousId: () => crypto.randomUUID() })
   */
  anonymousId?: (() => string) | undefined
  /**
   * Defaults for the fields of each call: `properties`, `traits`, `context`.
   * @default none
   * @example
   * new Analytics({ writeKey, defaults: { context: { app: { name: 'shop' } } } })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#override-context-value | Segment's library: context}
   */
  defaults?: Defaults | undefined
  /**
   * The plan of the events, from `definePlan()` of `analytics-edge/plan`. It types the calls and checks them at run time.
   * @default none
   * @example
   * import { Analytics } from 'analytics-edge'
   * import { definePlan } from 'analytics-edge/plan'
   * import * as z from 'zod'
   *
   * const plan = definePlan({ events: { 'Order Placed': z.object({ total: z.number() }) } })
   * const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>', plan })
   */
  plan?: Plan<Calls> | undefined
  /**
   * Whether to make no requests, for tests: each valid event counts as delivered.
   * @default false
   * @example
   * new Analytics({ writeKey, disable: true })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#configuration | Segment's library: configuration}
   */
  disable?: boolean | undefined
  /**
   * Whether to compress requests, if the runtime has `CompressionStream`. It saves bandwidth and costs time. It must be `false` with an
   * `httpClient`, which sees the body and can compress it.
   * @default false
   * @example
   * new Analytics({ writeKey, gzip: true })
   */
  gzip?: boolean | undefined
  /**
   * Makes the requests: a function like `fetch`, or an object with `makeRequest()`.
   * @default the runtime's `fetch`
   * @example
   * new Analytics({ writeKey, httpClient: (url, init) => proxyFetch(url, init) })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#override-the-default-http-client | Segment's library: HTTP client}
   */
  httpClient?: HTTPFetchFn | HTTPClient | undefined
  /**
   * The OAuth app whose tokens authorize the requests.
   * @default none: the write key authorizes them
   * @example
   * new Analytics({ writeKey, oauthSettings: { clientId, clientKey, keyId } })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#oauth-20 | Segment's library: OAuth 2.0}
   */
  oauthSettings?: OAuthSettings | undefined
}

/** Settings with every default applied; frozen. */
export interface ResolvedSettings {
  readonly writeKey: string
  readonly url: string
  readonly flushAt: number
  readonly flushIntervalMs: number
  readonly httpRequestTimeoutMs: number
  readonly limits: RetryLimits
  readonly pluginTimeoutMs: number
  readonly invalidEvents: 'throw' | 'fail' | 'send'
  readonly maxConcurrentRequests: number
  readonly maxQueueSize: number
  readonly maxQueueBytes: number
  readonly failWhenFull: 'newest' | 'oldest'
  readonly onUndelivered: AnalyticsSettings['onUndelivered']
  readonly handOver: HandOverSettings | undefined
  readonly redactsCredentials: boolean
  readonly anonymousId: (() => string) | undefined
  readonly defaults: Defaults | undefined
  readonly plan: Plan | undefined
  readonly isDisabled: boolean
  readonly isCompressing: boolean
  readonly httpClient: HTTPFetchFn | HTTPClient | undefined
  readonly oauth: ResolvedOAuthSettings | undefined
  /** Possible mistakes, for the console. */
  readonly warnings: readonly string[]
}

/** Segment accepts a request with more events, then drops it. */
export const MAX_EVENTS_PER_REQUEST = 2_500

/** An event may have this many bytes, so a queue needs room for at least as many. */
const MIN_QUEUE_BYTES = 32 * 1024

/** The allowed values of each setting, and its default. */
const CHECKS = {
  writeKey: leave<string>,
  host: baseUrl('https://api.segment.io'),
  path: checkPath,
  maxRetries: wholeNumber(0, 100, 3),
  maxEventsInBatch: wholeNumber(1, MAX_EVENTS_PER_REQUEST, 15),
  flushAt: wholeNumber(1, MAX_EVENTS_PER_REQUEST, 15),
  flushInterval: milliseconds(0, 10_000),
  httpRequestTimeout: milliseconds(1, 10_000),
  minRetryDelay: milliseconds(1, 100),
  maxRetryDelay: leave<AnalyticsSettings['maxRetryDelay']>,
  maxTotalBackoffDuration: seconds(43_200),
  maxRateLimitDuration: seconds(43_200),
  maxConcurrentRequests: wholeNumber(1, 100, 4),
  maxQueueSize: wholeNumber(1, 10_000_000, 100_000),
  maxQueueBytes: wholeNumber(MIN_QUEUE_BYTES, 2 ** 31 - 1, 64 * 1024 * 1024),
  failWhenFull: choice('newest', 'oldest'),
  onUndelivered: checkFunction<AnalyticsSettings['onUndelivered']>,
  handOver: nested({ to: methods<HandOver>('put'), when: choice('undelivered', 'always') }),
  pluginTimeout: milliseconds(1, 5_000),
  invalidEvents: choice('throw', 'fail', 'send'),
  redactCredentials: choice(true, false),
  anonymousId: checkFunction<AnalyticsSettings['anonymousId']>,
  defaults: checkDefaults,
  plan: checkFunction<AnalyticsSettings['plan']>,
  disable: choice(false, true),
  gzip: choice(false, true),
  httpClient: checkHTTPClient<AnalyticsSettings['httpClient']>,
  oauthSettings: leave<AnalyticsSettings['oauthSettings']>,
} satisfies Checks<AnalyticsSettings>

/** Applies the defaults, and checks everything once. */
export function resolveSettings(settings: AnalyticsSettings): ResolvedSettings {
  const warnings: string[] = []
  const {
    writeKey,
    host,
    path,
    maxEventsInBatch,
    flushInterval,
    httpRequestTimeout,
    minRetryDelay,
    maxRetryDelay,
    maxTotalBackoffDuration,
    maxRateLimitDuration,
    maxRetries,
    pluginTimeout,
    redactCredentials,
    disable,
    gzip,
    oauthSettings,
    ...others
  } = checkSettings('settings', '', settings, CHECKS, warnings)
  if (gzip && others.httpClient) throwInvalid('gzip', 'false with an httpClient, which can compress', gzip)
  const url = buildUrl(host, path, settings.path === undefined)
  if (isPlaintextUrl(url)) {
    warnings.push(`the setting 'host' is ${url}: the write key and all events are sent unencrypted`)
  }
  return Object.freeze({
    ...others,
    // Nothing is sent with it.
    writeKey: disable && !writeKey ? '' : text()('writeKey', writeKey),
    url,
    flushAt: settings.flushAt ?? maxEventsInBatch,
    flushIntervalMs: flushInterval,
    httpRequestTimeoutMs: httpRequestTimeout,
    limits: Object.freeze({
      maxRetries,
      minRetryDelayMs: minRetryDelay,
      maxRetryDelayMs: milliseconds(minRetryDelay, Math.max(30_000, minRetryDelay))('maxRetryDelay', maxRetryDelay),
      maxTotalBackoffMs: maxTotalBackoffDuration * 1000,
      maxRateLimitMs: maxRateLimitDuration * 1000,
    }),
    pluginTimeoutMs: pluginTimeout,
    redactsCredentials: redactCredentials,
    isDisabled: disable,
    isCompressing: gzip,
    oauth: resolveOAuthSettings(oauthSettings, { maxRetries, httpClient: others.httpClient }, warnings),
    warnings,
  })
}

/** The settings without secrets, for listeners. */
export function redactSettings(settings: AnalyticsSettings): AnalyticsSettings {
  const { oauthSettings } = settings
  return {
    ...settings,
    writeKey: REDACTED,
    ...(oauthSettings && { oauthSettings: { ...oauthSettings, clientKey: REDACTED } }),
  }
}

function checkPath(name: string, path: unknown = '/v1/batch'): string {
  return typeof path === 'string' && path.startsWith('/') ? path : throwInvalid(name, "a path like '/v1/batch'", path)
}

/** The documents of Segment and of compatible servers also show hosts that include the beginning of the path. */
function buildUrl(host: string, path: string, isDefaultPath: boolean): string {
  return isDefaultPath ? host.replace(/\/v1(\/batch)?$/, '') + path : host + path
}

/** For settings that are checked elsewhere, because they depend on others. */
function leave<Value>(_: string, value: Value): Value {
  return value
}
