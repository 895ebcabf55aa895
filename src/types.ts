import type { DeliveryError, DeliveryErrorCode } from './errors.ts'
import type { EVENT_TYPES } from './lib/event-types.ts'

/** Traits, properties and context values: whatever JSON can hold. */
// biome-ignore lint/suspicious/noExplicitAny: as in Segment's types: `unknown` would refuse a user's own interfaces, which have no index signature
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

/** Traits of a user, sent with identify. The named ones are reserved by Segment's spec; any other may be added. */
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

/** Traits of a group, sent with group. The named ones are reserved by Segment's spec; any other may be added. */
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

/** Extra context of a call. It differs from traits: it describes the circumstances, not the user. */
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

/** Which destinations receive an event: `All`, and each destination by its name in Segment. */
export interface IntegrationsOptions {
  All?: boolean | undefined
  [integrationName: string]: boolean | JSONRecord | undefined
}

/** When an event happened. */
export type Timestamp = Date | string

/** At least one of the two ids is given with each call. */
export type IdentityOptions =
  | { userId: string; anonymousId?: string | undefined }
  | { userId?: string | undefined; anonymousId: string }

/** The ids of a call made on a scope that has an id of its own: they may be left out. */
export type OptionalIdentity = { userId?: string | undefined; anonymousId?: string | undefined }

interface CommonParams {
  /** Merged over the scope's own context; `context.library` is set by the SDK. */
  context?: ExtraContext | undefined
  /** When the event happened. @default now */
  timestamp?: Timestamp | undefined
  /** @default {} every destination */
  integrations?: IntegrationsOptions | undefined
  /** The id by which Segment removes duplicates, at most 100 characters. @default a fresh UUID */
  messageId?: string | undefined
}

/** What a client's calls may carry; a plan (`analytics-edge/plan`) says it more exactly. */
export interface AnyCalls {
  track: {
    /** Name of what happened, 'Song Played' for example. */
    event: string
    properties?: EventProperties | undefined
  }
  identify: { traits?: UserTraits | undefined }
  group: { traits?: GroupTraits | undefined }
}

/**
 * What `definePlan` returns. It checks an event when its call has built it, and replaces what the schema changes. What it throws is why
 * the event fails. If something is not known yet, it returns a hook, which the event waits for.
 */
export interface Plan<Calls extends AnyCalls = AnyCalls> {
  (event: SegmentEvent): PlanHook | undefined
  /** For types alone. */
  readonly calls?: Calls
}

type Finish = <Ctx extends { event: SegmentEvent }>(ctx: Ctx) => Promise<Ctx>

/** A plugin for one event. */
export interface PlanHook extends Partial<Record<SegmentEventType, Finish>> {
  readonly name: string
  readonly type: 'before'
}

export type TrackParams<Identity = IdentityOptions, Track = AnyCalls['track']> = CommonParams & Track & Identity

export type IdentifyParams<Identity = IdentityOptions, Identify = AnyCalls['identify']> = CommonParams &
  Identify &
  Identity

export type PageParams<Identity = IdentityOptions> = CommonParams & {
  category?: string | undefined
  name?: string | undefined
  properties?: EventProperties | undefined
} & Identity

export type GroupParams<Identity = IdentityOptions, Group = AnyCalls['group']> = CommonParams & {
  groupId: string
} & Group &
  Identity

export type AliasParams = CommonParams & {
  /** The new id. */
  userId: string
  /** The id that the user had until now. */
  previousId: string
}

export type SegmentEventType = (typeof EVENT_TYPES)[number]

/** An event as it goes on the wire, inside `batch`. */
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
   * Milliseconds, above 0, after which the flush ends in any case. What is not delivered by then fails with
   * `ERR_DEADLINE`. @default 75000, or the `timeout` of the scope
   */
  timeout?: number | undefined
  /** Accept no more events from now on. @default false */
  close?: boolean | undefined
}

export type CloseAndFlushParams = Pick<FlushParams, 'timeout'>

/** How an event ended, as plain data: it survives JSON, structuredClone, RPC, and a handler that returns it. */
export interface Outcome {
  messageId: string
  /** `handed-over`: accepted by the queue of the setting `handOver`, a good end; or, with an `error`, taken over by `onUndelivered`. */
  status: 'delivered' | 'failed' | 'handed-over'
  /** Requests that have carried the event. */
  attempts: number
  /** Why it was not delivered. The `DeliveryError` itself is in the callback and in the `error` event. */
  error?: { code: DeliveryErrorCode; message: string; status?: number }
}

/** What `within` resolves with for an event that is still on its way. */
export type PendingOutcome = Pick<Outcome, 'messageId' | 'attempts'> & { status: 'pending' }

/** Where events are handed over to: what `toQueue()`, `toSqs()` or `createHandOver()` returns. */
export interface HandOver {
  /**
   * Takes events, in their order, and accepts each that is safe. Its promise is awaited; what has not been accepted by then is not
   * handed over.
   *
   * @param how `signal` is aborted when nobody waits any longer; `reason` says why the events were not delivered, if that was tried
   */
  put(events: readonly HandedEvent[], how: HandOverCircumstances): unknown
}

export interface HandedEvent {
  /** As Segment would get it. */
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
   * 'always': nothing is sent to the Tracking API, a consumer does that. 'undelivered': what it has not accepted by the end of the
   * retries or of the flush; an event that it rejects by itself, with 400 or 413, fails. @default 'undelivered'
   */
  when?: 'always' | 'undelivered' | undefined
}

export interface SendOptions {
  /** Whether the event goes through the plugins. @default true */
  plugins?: boolean | undefined
}

/** What became of the events that a flush covered: those accepted before it was called and not yet settled then. */
export interface FlushResult {
  delivered: number
  failed: number
  /** Accepted by the queue of `handOver`, or taken by `onUndelivered`; there only where one of the settings is. */
  handedOver?: number
}

/** Whom the calls of a scope are about, as plain data: from a queue message or an RPC call, `scope()` takes it as it is. */
export type ScopeIdentity = Pick<ScopeOptions, 'context' | 'integrations' | 'disable'> & IdentityOptions

/** What is merged under the fields of each event that has them; what a call gives wins. */
export interface Defaults {
  /** Of track, page and screen events. */
  properties?: EventProperties | undefined
  /** Of identify and group events. */
  traits?: JSONRecord | undefined
  context?: ExtraContext | undefined
}

/** Options of `analytics.scope()`: one invocation of a handler. */
export interface ScopeOptions {
  /**
   * The host's way to be told of work that goes on after the response, `(p) => ctx.waitUntil(p)` on Workers.
   * The scope calls it when its first event is pending; the promise ends when nothing is pending any more.
   * Without it, flush the scope yourself: `await scope.flush()`.
   */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined
  /** Merged under the `context` of each call. */
  context?: ExtraContext | undefined
  /** Merged under the fields of each call, and over the client's defaults. */
  defaults?: Defaults | undefined
  /** The `userId` of each call that has none. */
  userId?: string | undefined
  /** The `anonymousId` of each call that has none. */
  anonymousId?: string | undefined
  /** Merged under the `integrations` of each call. @default {} every destination */
  integrations?: IntegrationsOptions | undefined
  /** Sends nothing and calls no plugin: each valid event counts as delivered. @default false */
  disable?: boolean | undefined
  /**
   * Milliseconds, above 0, that a flush of this scope may take. The default stays under the 30 seconds after which
   * Workers ends what `waitUntil` was given. @default 25000
   */
  timeout?: number | undefined
  /** @internal For consumers: what this scope has instead of the client's settings. It is not checked. */
  settings?: ScopeSettings | undefined
}

export interface ScopeSettings {
  readonly flushAt: number
  readonly maxConcurrentRequests?: number
  readonly handOver: HandOverSettings
}
