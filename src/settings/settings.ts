import type { DeliveryError } from '../errors.ts'
import type { RetryLimits } from '../http/back-off.ts'
import { REDACTED } from '../http/redact.ts'
import type { HTTPClient, HTTPFetchFn } from '../http/types.ts'
import type { AnyCalls, Defaults, HandOverSettings, Plan, SegmentEvent } from '../types.ts'
import {
  baseUrl,
  type Checks,
  checkDefaults,
  checkFunction,
  checkHandOver,
  checkHTTPClient,
  checkSettings,
  choice,
  isPlaintextUrl,
  milliseconds,
  refuse,
  seconds,
  text,
  wholeNumber,
} from './check.ts'
import { type OAuthSettings, type ResolvedOAuthSettings, resolveOAuthSettings } from './oauth-settings.ts'

/**
 * Settings of a client. Each is checked once, at construction; a wrong one throws a ValidationError that names it, and a name that is
 * no setting is warned about.
 */
export interface AnalyticsSettings<Calls extends AnyCalls = AnyCalls> {
  /** The write key of the source, from Segment: Connections > Sources > Settings. With `disable`, it may be empty. */
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
  /** @deprecated Another name of `flushAt`, which takes precedence. */
  maxEventsInBatch?: number | undefined
  /** Milliseconds that an event waits for others to join its batch: 0 to 2147483647. @default 10000 */
  flushInterval?: number | undefined
  /** Milliseconds until the headers of a response are there; its body has a second more: 1 to 2147483647. @default 10000 */
  httpRequestTimeout?: number | undefined
  /** Milliseconds that the first retry waits at most; each later one up to eight times as long: 1 to 2147483647. @default 100 */
  minRetryDelay?: number | undefined
  /** Milliseconds beyond which no back-off grows: `minRetryDelay` to 2147483647. @default 30000 */
  maxRetryDelay?: number | undefined
  /** Seconds that a batch may spend on retries since its first failure, a pause asked for aside: 0 to 2147483. @default 43200 (12 hours) */
  maxTotalBackoffDuration?: number | undefined
  /** Seconds that the server may go on asking for pauses for a batch, since the first: 0 to 2147483. @default 43200 (12 hours) */
  maxRateLimitDuration?: number | undefined
  /** Requests of one queue that are in flight at once: a whole number, 1 to 100. @default 4 */
  maxConcurrentRequests?: number | undefined
  /** Events that a queue holds at most, from acceptance to outcome: a whole number, 1 to 10000000. @default 100000 */
  maxQueueSize?: number | undefined
  /** Bytes, as JSON, that a queue holds at most: a whole number, 32768 to 2147483647. @default 67108864 (64 MB) */
  maxQueueBytes?: number | undefined
  /** Which event fails with `ERR_QUEUE_FULL` when the queue is full, the new one or the oldest not yet in flight. @default 'newest' */
  failWhenFull?: 'newest' | 'oldest' | undefined
  /**
   * Takes the events of a batch that finally failed, to store them elsewhere: in a queue, a table, a file. They can become JSON and
   * be sent later as they are, by `send()`. Its promise is awaited for `pluginTimeout`, and inside the deadline of the flush; if it
   * rejects or comes too late, the events count as failed. @default none
   */
  onUndelivered?: ((events: SegmentEvent[], reason: DeliveryError) => unknown) | undefined
  /**
   * Hands events over to a queue that the platform runs: `{ to: toQueue(env.EVENTS), when: 'always' }`. It may take `pluginTimeout`, inside
   * the deadline of the flush. What it refuses goes to `onUndelivered`, or fails. @default none
   */
  handOver?: HandOverSettings | undefined
  /**
   * Replace `Authorization` and the write key in what `http_request` listeners see. They are what one logs, and a log is no place for
   * a key. @default true
   */
  redactCredentials?: boolean | undefined
  /**
   * Milliseconds that a hook of a plugin, its `load`, `handOver` or `onUndelivered` may take: 1 to 2147483647. An event fails if a `before` or
   * `enrichment` hook takes longer; other hooks are left behind. @default 5000
   */
  pluginTimeout?: number | undefined
  /**
   * What a call does for which Segment's library throws a ValidationError, a track without `event` for example: throw as well, or
   * fail its event with `ERR_INVALID_EVENT`, so that nothing is ever thrown into a handler. With 'send' it throws, and what else is
   * wrong, an empty id for example, is sent as Segment's library sends it, rather than failed. @default 'throw'
   */
  invalidEvents?: 'throw' | 'fail' | 'send' | undefined
  /** Makes the `anonymousId` of each event that has no id, its scope's included. @default none: such a call is invalid */
  anonymousId?: (() => string) | undefined
  /** Merged under the fields of each call: properties, traits, context. @default none */
  defaults?: Defaults | undefined
  /** What the calls may carry, by `definePlan` of `analytics-edge/plan`: it types them, and checks them at run time. @default none */
  plan?: Plan<Calls> | undefined
  /** Make no requests, for tests: each event counts as delivered. @default false */
  disable?: boolean | undefined
  /**
   * Compress requests, if the runtime can; others are sent as they are. It saves bandwidth and costs time: docs/benchmarks.md has
   * both. Not with an `httpClient`, which sees the body and can compress it. @default false
   */
  gzip?: boolean | undefined
  /** A fetch-like function or an HTTPClient to make the requests with. @default the runtime's fetch */
  httpClient?: HTTPFetchFn | HTTPClient | undefined
  /** The OAuth app whose tokens authorise the requests. @default none: the write key does */
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
  /** What is no mistake for certain, and has to be told. */
  readonly warnings: readonly string[]
}

/** Segment accepts a request with more events, then drops it. */
const MAX_EVENTS_PER_REQUEST = 2_500

/** An event may have this many bytes, so a queue has to hold at least as many. */
const MIN_QUEUE_BYTES = 32 * 1024

/** What each setting may be, and its default. */
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
  handOver: checkHandOver,
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
  if (gzip && others.httpClient) refuse('gzip', 'false with an httpClient, which can compress', gzip)
  const url = buildUrl(host, path, settings.path === undefined)
  if (isPlaintextUrl(url)) {
    warnings.push(`the setting 'host' is ${url}: the write key and all events travel unencrypted`)
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

/** Whether events may end as handed over. */
export function handsOver({ handOver, onUndelivered }: ResolvedSettings): boolean {
  return Boolean(handOver || onUndelivered)
}

/** What listeners may see of settings. */
export function redactSettings(settings: AnalyticsSettings): AnalyticsSettings {
  const { oauthSettings } = settings
  return {
    ...settings,
    writeKey: REDACTED,
    ...(oauthSettings && { oauthSettings: { ...oauthSettings, clientKey: REDACTED } }),
  }
}

function checkPath(name: string, path: unknown = '/v1/batch'): string {
  return typeof path === 'string' && path.startsWith('/') ? path : refuse(name, "a path like '/v1/batch'", path)
}

/** Segment's own documents, and those of compatible servers, name a host with the beginning of the path as well. */
function buildUrl(host: string, path: string, isDefaultPath: boolean): string {
  return isDefaultPath ? host.replace(/\/v1(\/batch)?$/, '') + path : host + path
}

/** Leaves to others what depends on other settings. */
function leave<Value>(_: string, value: Value): Value {
  return value
}
