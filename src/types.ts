import type { DeliveryError, DeliveryErrorCode } from './errors.ts'
import type { EVENT_TYPES } from './lib/event-types.ts'

/** Traits, properties and context values: anything that JSON can contain. */
// biome-ignore lint/suspicious/noExplicitAny: as in Segment's types: `unknown` would not accept a user's own interfaces, which have no index signature
export type JSONRecord = Record<string, any>

/** Properties of a track, page or screen event. */
export type EventProperties = JSONRecord

interface Address {
  city?: string | null | undefined
  country?: string | null | undefined
  postalCode?: string | number | null | undefined
  state?: string | null | undefined
  street?: string | null | undefined
}

/**
 * Traits of a user, sent with identify. The named ones are reserved by Segment's spec; any other may be added.
 *
 * @see {@link https://segment.com/docs/connections/spec/identify/#traits | Segment's spec: traits of a user}
 */
export interface UserTraits extends JSONRecord {
  id?: string | number | null | undefined
  age?: number | null | undefined
  avatar?: string | null | undefined
  birthday?: Timestamp | null | undefined
  company?:
    | {
        name?: string | null | undefined
        id?: string | number | null | undefined
        industry?: string | null | undefined
        employee_count?: number | null | undefined
        plan?: string | null | undefined
      }
    | null
    | undefined
  createdAt?: Timestamp | null | undefined
  description?: string | null | undefined
  email?: string | null | undefined
  firstName?: string | null | undefined
  gender?: string | null | undefined
  industry?: string | null | undefined
  lastName?: string | null | undefined
  name?: string | null | undefined
  phone?: string | number | null | undefined
  plan?: string | null | undefined
  title?: string | null | undefined
  username?: string | null | undefined
  website?: string | null | undefined
  address?: Address | null | undefined
}

/**
 * Traits of a group, sent with group. The named ones are reserved by Segment's spec; any other may be added.
 *
 * @see {@link https://segment.com/docs/connections/spec/group/#traits | Segment's spec: traits of a group}
 */
export interface GroupTraits extends JSONRecord {
  id?: string | number | null | undefined
  avatar?: string | null | undefined
  createdAt?: Timestamp | null | undefined
  description?: string | null | undefined
  email?: string | null | undefined
  employees?: string | number | null | undefined
  industry?: string | null | undefined
  name?: string | null | undefined
  phone?: string | number | null | undefined
  plan?: string | null | undefined
  website?: string | null | undefined
  address?: Address | null | undefined
}

/**
 * Extra context of a call. It describes the circumstances of the event; traits describe the user.
 *
 * @see {@link https://segment.com/docs/connections/spec/common/#context | Segment's spec: context}
 */
export interface ExtraContext extends JSONRecord {
  active?: boolean | undefined
  ip?: string | undefined
  locale?: string | undefined
  location?: JSONRecord | undefined
  page?: JSONRecord | undefined
  userAgent?: string | undefined
  traits?: JSONRecord | undefined
  campaign?: JSONRecord | undefined
}

/**
 * Which destinations receive an event: `All`, and each destination by its name in Segment.
 *
 * @see {@link https://segment.com/docs/connections/spec/common/#integrations | Segment's spec: integrations}
 */
export interface IntegrationsOptions {
  All?: boolean | undefined
  [integrationName: string]: boolean | JSONRecord | undefined
}

/** When an event happened: a Date, or an ISO 8601 string. */
export type Timestamp = Date | string

/** Each call has at least one of the two ids. */
export type IdentityOptions =
  | { userId: string; anonymousId?: string | undefined }
  | { userId?: string | undefined; anonymousId: string }

/** The ids of a call on a scope that has its own id: the call may omit them. */
export type OptionalIdentity = { userId?: string | undefined; anonymousId?: string | undefined }

interface CommonParams {
  /** Merged over the scope's own context; `context.library` is set by the SDK. */
  context?: ExtraContext | undefined
  /**
   * When the event happened: a Date, or an ISO 8601 string.
   * @default now
   */
  timestamp?: Timestamp | undefined
  /**
   * Merged over the scope's own integrations.
   * @default every destination
   */
  integrations?: IntegrationsOptions | undefined
  /**
   * The id by which Segment removes duplicates: a string of at most 100 characters.
   * @default a new UUID
   */
  messageId?: string | undefined
}

/** What a client's calls accept; a plan (`analytics-edge/plan`) narrows it. */
export interface AnyCalls {
  track: {
    /** Name of the event, for example 'Song Played'. */
    event: string
    properties?: EventProperties | undefined
  }
  identify: { traits?: UserTraits | undefined }
  group: { traits?: GroupTraits | undefined }
}

/**
 * What `definePlan` returns. It checks each event as soon as its call has built it, and applies the changes of the schema. If it throws,
 * the event fails with that reason. If a schema is asynchronous, it returns a hook that the event waits for.
 */
export interface Plan<Calls extends AnyCalls = AnyCalls> {
  (event: SegmentEvent): PlanHook | undefined
  /** For types only. */
  readonly calls?: Calls
}

type Finish = <Ctx extends { event: SegmentEvent }>(ctx: Ctx) => Promise<Ctx>

/** A `before` plugin for one event. */
export interface PlanHook extends Partial<Record<SegmentEventType, Finish>> {
  readonly name: string
}

/**
 * Parameters of `track()`.
 *
 * @see {@link https://segment.com/docs/connections/spec/track/ | Segment's spec: Track}
 */
export type TrackParams<Identity = IdentityOptions, Track = AnyCalls['track']> = CommonParams & Track & Identity

/**
 * Parameters of `identify()`.
 *
 * @see {@link https://segment.com/docs/connections/spec/identify/ | Segment's spec: Identify}
 */
export type IdentifyParams<Identity = IdentityOptions, Identify = AnyCalls['identify']> = CommonParams &
  Identify &
  Identity

/**
 * Parameters of `page()` and `screen()`.
 *
 * @see {@link https://segment.com/docs/connections/spec/page/ | Segment's spec: Page}
 */
export type PageParams<Identity = IdentityOptions> = CommonParams & {
  category?: string | undefined
  name?: string | undefined
  properties?: EventProperties | undefined
} & Identity

/**
 * Parameters of `group()`.
 *
 * @see {@link https://segment.com/docs/connections/spec/group/ | Segment's spec: Group}
 */
export type GroupParams<Identity = IdentityOptions, Group = AnyCalls['group']> = CommonParams & {
  groupId: string
} & Group &
  Identity

/**
 * Parameters of `alias()`.
 *
 * @see {@link https://segment.com/docs/connections/spec/alias/ | Segment's spec: Alias}
 */
export type AliasParams = CommonParams & {
  /** The new id. */
  userId: string
  /** The previous id of the user. */
  previousId: string
}

export type SegmentEventType = (typeof EVENT_TYPES)[number]

/**
 * An event as it is sent, inside `batch`.
 *
 * @see {@link https://segment.com/docs/connections/spec/common/ | Segment's spec: common fields}
 */
export interface SegmentEvent {
  type: SegmentEventType
  messageId: string
  timestamp: Timestamp
  userId?: string | undefined
  anonymousId?: string | undefined
  groupId?: string | undefined
  previousId?: string | undefined
  event?: string | undefined
  name?: string | undefined
  category?: string | undefined
  properties?: EventProperties | undefined
  traits?: JSONRecord | undefined
  context: ExtraContext & { library: { name: string; version: string } }
  integrations: IntegrationsOptions
  _metadata: { jsRuntime: string; nodeVersion?: string | undefined }
}

export interface FlushParams {
  /**
   * Milliseconds that the flush may take: 1 to 2147483647. Events that are not delivered by then fail with `ERR_DEADLINE`.
   * @default the `timeout` of the scope; for a client in a process, 1.25 times the longer of 60000 and `flushInterval`
   */
  timeout?: number | undefined
  /**
   * Accept no more events from now on.
   * @default false
   */
  close?: boolean | undefined
}

export type CloseAndFlushParams = Pick<FlushParams, 'timeout'>

/** The outcome of an event, as plain data: it survives JSON, structuredClone and RPC, and a handler can return it. */
export interface Outcome {
  messageId: string
  /** `handed-over`: accepted by the queue of the setting `handOver`; or, with an `error`, by `onUndelivered`. */
  status: 'delivered' | 'failed' | 'handed-over'
  /** Number of requests in which the event was sent. */
  attempts: number
  /** Why it was not delivered. The callback and the `error` event get the `DeliveryError` itself. */
  error?: { code: DeliveryErrorCode; message: string; status?: number }
}

/** The result of `within` for an event that is still in flight. */
export type PendingOutcome = Pick<Outcome, 'messageId' | 'attempts'> & { status: 'pending' }

/** The target of a hand-over, as `toQueue()`, `toSqs()` or `createHandOver()` returns it. */
export interface HandOver {
  /**
   * Gets events, in order, and accepts each one that is safe. Its promise is awaited; an event that is not accepted when it resolves is not
   * handed over.
   *
   * @param how `signal` aborts when nothing waits for the call any more; `reason` says why the events were not delivered, if delivery was tried
   */
  put(events: readonly HandedEvent[], how: HandOverCircumstances): unknown
}

export interface HandedEvent {
  /** The event as Segment would receive it. */
  readonly json: string
  readonly accept: () => void
}

export interface HandOverCircumstances {
  // biome-ignore lint/suspicious/noExplicitAny: the AbortSignal of the DOM, of Node and of workerd are different types
  readonly signal: any
  readonly reason: DeliveryError | undefined
}

/** The setting `handOver`. */
export interface HandOverSettings {
  to: HandOver
  /**
   * 'always' hands over every event; a consumer sends them to the Tracking API. 'undelivered' hands over the events that the API
   * has not accepted when the retries or the time of the flush are used up; an event that it rejects on its own, with 400 or 413, fails.
   * @default 'undelivered'
   */
  when?: 'always' | 'undelivered' | undefined
}

export interface SendOptions {
  /**
   * Whether the event goes through the plugins.
   * @default true
   */
  plugins?: boolean | undefined
}

/** The outcomes of the events that a flush covered: those accepted before the call and not yet settled at that time. */
export interface FlushResult {
  delivered: number
  failed: number
  /** Accepted by the queue of `handOver`, or by `onUndelivered`; present only with one of these settings. */
  handedOver?: number
}

/** The user of a scope's calls, as plain data: pass it to `scope()` on the other side of a queue or an RPC call. */
export type ScopeIdentity = Pick<ScopeOptions, 'context' | 'integrations' | 'disable'> & IdentityOptions

/** Defaults for the fields of events; the fields of a call take precedence. */
export interface Defaults {
  /** Defaults of the `properties` of track, page and screen events. */
  properties?: EventProperties | undefined
  /** Defaults of the `traits` of identify and group events. */
  traits?: JSONRecord | undefined
  context?: ExtraContext | undefined
}

/**
 * Options of `analytics.scope()`: one invocation of a handler.
 *
 * @example
 * analytics.scope({ waitUntil: (promise) => ctx.waitUntil(promise), userId: '019mr8mf4r' })
 */
export interface ScopeOptions {
  /**
   * The host's function for work that continues after the response: `(promise) => ctx.waitUntil(promise)` on Workers. The scope calls
   * it with its first pending event; the promise resolves once nothing is pending. Without it, flush the scope yourself.
   * @default none
   */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined
  /**
   * Merged under the `context` of each call.
   * @default none
   */
  context?: ExtraContext | undefined
  /**
   * Merged under the fields of each call, and over the client's defaults.
   * @default none
   */
  defaults?: Defaults | undefined
  /**
   * The `userId` of each call that has none.
   * @default none
   */
  userId?: string | undefined
  /**
   * The `anonymousId` of each call that has none.
   * @default none
   */
  anonymousId?: string | undefined
  /**
   * Merged under the `integrations` of each call.
   * @default every destination
   */
  integrations?: IntegrationsOptions | undefined
  /**
   * Send nothing, and call no plugin: each valid event counts as delivered.
   * @default false
   */
  disable?: boolean | undefined
  /**
   * Milliseconds that a flush of this scope may take: 1 to 2147483647. The default stays under the 30 seconds after which Workers
   * cancels the promises of `waitUntil`.
   * @default 25000
   */
  timeout?: number | undefined
  /** @internal For consumers: adds what this scope has of its own to the client's settings. It is not checked. */
  settings?:
    | (<Settings extends { readonly isDisabled: boolean }>(ofClient: Settings) => Settings & ScopeSettings)
    | undefined
}

export interface ScopeSettings {
  readonly flushAt: number
  readonly maxQueueSize: number
  readonly maxQueueBytes: number
  readonly maxConcurrentRequests?: number
  readonly handOver: HandOverSettings
}
