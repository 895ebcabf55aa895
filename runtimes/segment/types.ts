// Segment's own types. Nothing here is a class with private fields: TypeScript would take those of two copies of the package, of the ES
// module and the CommonJS one, for different types, and refuse the doubles of a test.

import type {
  AliasParams,
  AnalyticsSettings,
  CloseAndFlushParams,
  EventProperties,
  ExtraContext,
  FlushParams,
  GroupParams,
  HTTPClient,
  HTTPFetchFn,
  HTTPRequestEvent,
  HTTPResponseEvent,
  IdentifyParams,
  IntegrationsOptions,
  PageParams,
  PluginType,
  SegmentEventType,
  Timestamp,
  TrackParams,
} from '../../src/index.ts'

/** `err` is the reason of a failed delivery; it is undefined if the event was delivered. */
export type Callback = (err?: unknown, ctx?: SegmentContext) => void

/** The client, as Segment's library has it: calls return nothing, and flushes resolve with nothing. */
export interface SegmentAnalytics extends Emitter {
  /** Resolved: a client is ready as soon as it is constructed. */
  ready: Promise<void>
  /** Version of the SDK. */
  get VERSION(): string
  /** Events accepted and not settled yet. It is not there in Segment's library. */
  get pendingCount(): number
  /** Accepts no more events, and sends those that there are. */
  closeAndFlush(params?: CloseAndFlushParams): Promise<void>
  /** Sends the events that there are, and waits for their callbacks. */
  flush(params?: FlushParams): Promise<void>
  /** Gives a user a new id: `previousId` becomes `userId`. */
  alias(params: AliasParams, callback?: Callback): void
  /** Ties a user to a group: a company, an account, a team. */
  group(params: GroupParams, callback?: Callback): void
  /** Ties a user to their traits. */
  identify(params: IdentifyParams, callback?: Callback): void
  /** Records that a user saw a page of a website. */
  page(params: PageParams, callback?: Callback): void
  /** Records that a user saw a screen of an app. */
  screen(params: PageParams, callback?: Callback): void
  /** Records what a user did. */
  track(params: TrackParams, callback?: Callback): void
  /** Adds plugins; of one type, they run in the order of registration. */
  register(...plugins: Plugin[]): Promise<void>
  /** Removes the plugins of these names, and has them unload. */
  deregister(...pluginNames: string[]): Promise<void>
}

export interface AnalyticsConstructor {
  new (settings: AnalyticsSettings): SegmentAnalytics
  readonly prototype: SegmentAnalytics
  /** A client that makes no requests and throws for no event. It is not there in Segment's library. */
  noop(): SegmentAnalytics
  // For `import pkg from '…'; const { Analytics } = pkg`, which Node suggests for a CommonJS package.
  readonly Analytics: AnalyticsConstructor
  readonly default: AnalyticsConstructor
  readonly Context: ContextConstructor
  readonly FetchHTTPClient: FetchHTTPClientConstructor
}

export interface Emitter {
  on<Name extends keyof AnalyticsEvents>(name: Name, listener: (...args: AnalyticsEvents[Name]) => void): this
  once<Name extends keyof AnalyticsEvents>(name: Name, listener: (...args: AnalyticsEvents[Name]) => void): this
  off<Name extends keyof AnalyticsEvents>(name: Name, listener: (...args: AnalyticsEvents[Name]) => void): this
  emit<Name extends keyof AnalyticsEvents>(name: Name, ...args: AnalyticsEvents[Name]): this
}

export interface AnalyticsEvents {
  initialize: [settings: AnalyticsSettings]
  register: [pluginNames: string[]]
  deregister: [pluginNames: string[]]
  track: [ctx: SegmentContext]
  identify: [ctx: SegmentContext]
  page: [ctx: SegmentContext]
  screen: [ctx: SegmentContext]
  group: [ctx: SegmentContext]
  alias: [ctx: SegmentContext]
  error: [error: EmittedError]
  http_request: [request: HTTPRequestEvent]
  http_response: [response: HTTPResponseEvent]
  call_after_close: [event: SegmentEvent]
  drained: []
}

export interface EmittedError {
  /** `delivery_failure`, or `plugin_failure`. */
  code: string
  reason?: unknown
  ctx?: SegmentContext
}

/** An event, and what became of it. Given to plugins, callbacks and listeners. */
export interface SegmentContext {
  event: SegmentEvent
  /** Requests that have carried this event. */
  attempts: number
  get id(): string
  get stats(): ContextStats
  isSame(other: SegmentContext): boolean
  /** Changes one field of the event, deep inside: `updateEvent('traits.address.city', 'Oslo')`. */
  updateEvent(path: string, value: unknown): SegmentEvent
  /** Cancels the event, from inside a `before` plugin: it fails with this reason. */
  cancel(error?: Error | { retry: boolean; type: string; reason?: string }): never
  log(level: LogLevel, message: string, extras?: object): void
  logs(): LogMessage[]
  /** Why the event was not delivered. */
  failedDelivery(): { reason: unknown } | undefined
  setFailedDelivery(failure: { reason: unknown }): void
  toJSON(): { id: string; event: SegmentEvent; logs: LogMessage[]; metrics?: readonly unknown[] }
}

export interface ContextConstructor {
  new (event: SegmentEvent, id?: string): SegmentContext
  readonly prototype: SegmentContext
  system(): SegmentContext
}

type LogLevel = 'debug' | 'info' | 'warn' | 'error'

interface LogMessage {
  level: LogLevel
  message: string
  time?: Date | undefined
  extras?: object | undefined
}

interface ContextStats {
  readonly metrics: readonly unknown[]
  increment(metric: string, by?: number, tags?: string[]): void
  gauge(metric: string, value: number, tags?: string[]): void
  flush(): void
  serialize(): unknown[]
}

/** What a plugin, a callback or a listener sees of an event; on the wire, it is complete. */
export interface SegmentEvent {
  type: SegmentEventType
  messageId?: string | undefined
  timestamp?: Timestamp | undefined
  userId?: string | null | undefined
  anonymousId?: string | null | undefined
  groupId?: string | null | undefined
  previousId?: string | null | undefined
  event?: string | undefined
  name?: string | undefined
  category?: string | undefined
  properties?: EventProperties | undefined
  traits?: EventProperties | undefined
  context?: (ExtraContext & { library?: { name: string; version: string } | undefined }) | undefined
  integrations?: IntegrationsOptions | undefined
  _metadata?: { jsRuntime?: string | undefined; nodeVersion?: string | undefined } | undefined
}

type Hook = (ctx: SegmentContext) => Promise<SegmentContext> | SegmentContext

export interface Plugin {
  name: string
  type: PluginType
  version?: string | undefined
  /** Further names by which `integrations` may switch a destination. */
  alternativeNames?: string[] | undefined
  isLoaded: () => boolean
  load: (ctx: SegmentContext, instance: SegmentAnalytics) => Promise<unknown>
  unload?: ((ctx: SegmentContext, instance: SegmentAnalytics) => Promise<unknown> | unknown) | undefined
  ready?: (() => Promise<unknown>) | undefined
  track?: Hook | undefined
  identify?: Hook | undefined
  page?: Hook | undefined
  screen?: Hook | undefined
  group?: Hook | undefined
  alias?: Hook | undefined
}

export interface FetchHTTPClientConstructor {
  new (fetchFn?: HTTPFetchFn): HTTPClient
  readonly prototype: HTTPClient
}
