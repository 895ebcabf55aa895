// Segment's own types. Nothing here is a class with private fields: TypeScript would treat the classes of the ES module and the CommonJS
// module as different types, and would not accept a test's fakes.

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

/**
 * Called once per event, when it is delivered or has failed.
 *
 * @param err why the delivery failed; undefined if the event was delivered
 * @param ctx the event
 */
export type Callback = (err?: unknown, ctx?: SegmentContext) => void

/**
 * The client, with the types and returns of Segment's library: calls return nothing, and flushes resolve with nothing.
 *
 * @example
 * import { Analytics } from 'analytics-edge/segment'
 *
 * const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
 * analytics.track({ userId: '019mr8mf4r', event: 'Item Purchased' })
 * await analytics.closeAndFlush()
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/ | Segment's library}
 */
export interface SegmentAnalytics extends Emitter {
  /** Always resolved: a client is ready as soon as it is constructed. */
  ready: Promise<void>
  /** Version of the SDK. */
  get VERSION(): string
  /** Number of events that are accepted but not yet settled. Segment's library does not have it. */
  get pendingCount(): number
  /**
   * Accepts no more events, then flushes. Later calls fail with `ERR_CLOSED`.
   *
   * @param params `timeout` in milliseconds, 1 to 2147483647
   * @returns a promise that resolves when every event is delivered or has failed, or at the timeout
   * @example
   * await analytics.closeAndFlush({ timeout: 5000 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#graceful-shutdown | Segment's library: graceful shutdown}
   */
  closeAndFlush(params?: CloseAndFlushParams): Promise<void>
  /**
   * Sends the pending events, and waits until they are delivered or have failed and their callbacks have finished.
   *
   * @param params `timeout` in milliseconds, 1 to 2147483647. `close: true` accepts no more events
   * @example
   * await analytics.flush({ timeout: 2000 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#graceful-shutdown | Segment's library: graceful shutdown}
   */
  flush(params?: FlushParams): Promise<void>
  /**
   * Merges two ids of the same user: `previousId` becomes `userId`.
   *
   * @param params the new `userId` and the `previousId`; also `context`, `timestamp`, `integrations` and `messageId`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @throws {@link ValidationError} if Segment's library throws: without a `userId` or a `previousId`
   * @example
   * analytics.alias({ previousId: 'a-7f3c', userId: '019mr8mf4r' })
   * @see {@link https://segment.com/docs/connections/spec/alias/ | Segment's spec: Alias}
   */
  alias(params: AliasParams, callback?: Callback): void
  /**
   * Associates a user with a group: a company, an account or a team.
   *
   * @param params a `groupId`, `traits` of the group, and a `userId` or `anonymousId`; also `context`, `timestamp`, `integrations` and `messageId`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @throws {@link ValidationError} if Segment's library throws: without any id, or with `traits` that are not an object
   * @example
   * analytics.group({ userId: '019mr8mf4r', groupId: 'acme', traits: { name: 'Acme' } })
   * @see {@link https://segment.com/docs/connections/spec/group/ | Segment's spec: Group}
   */
  group(params: GroupParams, callback?: Callback): void
  /**
   * Associates a user with their traits.
   *
   * @param params `traits`, and a `userId` or `anonymousId`; also `context`, `timestamp`, `integrations` and `messageId`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @throws {@link ValidationError} if Segment's library throws: without any id, or with `traits` that are not an object
   * @example
   * analytics.identify({ userId: '019mr8mf4r', traits: { plan: 'pro' } })
   * @see {@link https://segment.com/docs/connections/spec/identify/ | Segment's spec: Identify}
   */
  identify(params: IdentifyParams, callback?: Callback): void
  /**
   * Records that a user saw a page of a website.
   *
   * @param params `name`, `category` and `properties`, all optional, and a `userId` or `anonymousId`; also `context`, `timestamp`, `integrations` and `messageId`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @throws {@link ValidationError} if Segment's library throws: without any id
   * @example
   * analytics.page({ anonymousId: 'a-7f3c', name: 'Pricing' })
   * @see {@link https://segment.com/docs/connections/spec/page/ | Segment's spec: Page}
   */
  page(params: PageParams, callback?: Callback): void
  /**
   * Records that a user saw a screen of an app.
   *
   * @param params as for `page()`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @throws {@link ValidationError} if Segment's library throws: without any id
   * @example
   * analytics.screen({ userId: '019mr8mf4r', name: 'Checkout' })
   * @see {@link https://segment.com/docs/connections/spec/screen/ | Segment's spec: Screen}
   */
  screen(params: PageParams, callback?: Callback): void
  /**
   * Records what a user did.
   *
   * @param params an `event` name, `properties`, and a `userId` or `anonymousId`; also `context`, `timestamp`, `integrations` and `messageId`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @throws {@link ValidationError} if Segment's library throws: without any id, without an `event`, or with `properties` that are not an object
   * @example
   * analytics.track({ userId: '019mr8mf4r', event: 'Order Placed', properties: { total: 39.95 } })
   * @see {@link https://segment.com/docs/connections/spec/track/ | Segment's spec: Track}
   */
  track(params: TrackParams, callback?: Callback): void
  /**
   * Adds plugins. Those of one type run in the order of registration.
   *
   * @returns a promise that resolves when the plugins are loaded. It never rejects: a plugin that is invalid or does not load is
   * skipped, with a warning
   * @example
   * import { Analytics, redact } from 'analytics-edge/segment'
   *
   * const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
   * await analytics.register(redact({ drop: ['context.ip'] }))
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#plugin-architecture | Segment's library: plugins}
   */
  register(...plugins: Plugin[]): Promise<void>
  /**
   * Removes plugins by their names, and calls their `unload`.
   *
   * @returns a promise that resolves when they are unloaded
   * @example
   * await analytics.deregister('region')
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#deregister-a-plugin | Segment's library: deregister a plugin}
   */
  deregister(...pluginNames: string[]): Promise<void>
}

/** The class, and what \`import pkg from '…'\` returns for a CommonJS package. */
export interface AnalyticsConstructor {
  /**
   * @param settings a value that Segment's library tolerates only causes a warning, and has the same meaning
   * @throws {@link ValidationError} if Segment's library throws: without a \`writeKey\`, for example
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#configuration | Segment's library: configuration}
   */
  new (settings: AnalyticsSettings): SegmentAnalytics
  readonly prototype: SegmentAnalytics
  /**
   * Creates a client that makes no requests and throws for no event. Segment's library does not have it.
   *
   * @example
   * const writeKey = process.env.SEGMENT_WRITE_KEY
   * const analytics = writeKey ? new Analytics({ writeKey }) : Analytics.noop()
   */
  noop(): SegmentAnalytics
  // For `import pkg from '…'; const { Analytics } = pkg`, which Node suggests for a CommonJS package.
  readonly Analytics: AnalyticsConstructor
  readonly default: AnalyticsConstructor
  readonly Context: ContextConstructor
  readonly FetchHTTPClient: FetchHTTPClientConstructor
}

/**
 * Adds, removes and calls listeners.
 *
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#event-emitter-interface | Segment's library: event emitter}
 */
export interface Emitter {
  /**
   * Adds a listener. One that throws affects nothing else.
   *
   * @param name `error` for failed events, `http_request` and `http_response` for logs, `drained`, or the type of delivered events, …
   * @example
   * analytics.on('error', ({ code, reason }) => console.error(code, reason))
   */
  on<Name extends keyof AnalyticsEvents>(name: Name, listener: (...args: AnalyticsEvents[Name]) => void): this
  /**
   * Like `on`, for the next event only.
   *
   * @example
   * analytics.once('drained', () => console.log('all events are settled'))
   */
  once<Name extends keyof AnalyticsEvents>(name: Name, listener: (...args: AnalyticsEvents[Name]) => void): this
  /** Removes a listener, even one added with `once`. If it was added several times, the first is removed. */
  off<Name extends keyof AnalyticsEvents>(name: Name, listener: (...args: AnalyticsEvents[Name]) => void): this
  /** Calls the listeners of a name, as the client itself does. */
  emit<Name extends keyof AnalyticsEvents>(name: Name, ...args: AnalyticsEvents[Name]): this
}

/** The events of a client, and the arguments of their listeners. */
export interface AnalyticsEvents {
  /** A client was constructed. Its settings come without secrets. */
  initialize: [settings: AnalyticsSettings]
  /** Plugins were registered. */
  register: [pluginNames: string[]]
  /** Plugins were deregistered. */
  deregister: [pluginNames: string[]]
  /** A track event was delivered. The events below report the other types. */
  track: [ctx: SegmentContext]
  identify: [ctx: SegmentContext]
  page: [ctx: SegmentContext]
  screen: [ctx: SegmentContext]
  group: [ctx: SegmentContext]
  alias: [ctx: SegmentContext]
  /** An event failed, or a plugin did not load or unload. */
  error: [error: EmittedError]
  /** A request is about to be sent. */
  http_request: [request: HTTPRequestEvent]
  /** A response has arrived, and its body has been read. */
  http_response: [response: HTTPResponseEvent]
  /** A call came after `closeAndFlush()`. Its event fails with `ERR_CLOSED`. */
  call_after_close: [event: SegmentEvent]
  /** The last pending event was settled. */
  drained: []
}

/** The argument of an `error` listener. */
export interface EmittedError {
  /** `delivery_failure`: an event was not delivered. `plugin_failure`: a plugin did not load or unload. */
  code: string
  /** A {@link DeliveryError}. */
  reason?: unknown
  /** The event, or the context of the plugin. */
  ctx?: SegmentContext
}

/**
 * An event and its state, as plugins, callbacks and listeners get it.
 *
 * @example
 * analytics.on('track', (ctx) => console.log('delivered', ctx.event.messageId, 'after', ctx.attempts))
 */
export interface SegmentContext {
  /** The event. A plugin may change it, or use `updateEvent()`. */
  event: SegmentEvent
  /** Number of requests in which this event was sent. More than 1 after a retry. */
  attempts: number
  /** The event's `messageId`, unless the constructor got another id. */
  get id(): string
  /** Metrics, for plugins written for Segment's library. Nothing is recorded. */
  get stats(): ContextStats
  /** Whether another context has the same `id`. */
  isSame(other: SegmentContext): boolean
  /**
   * Sets one field of the event by its path: `updateEvent('traits.address.city', 'Oslo')`. Missing objects on the path are created.
   *
   * @returns the changed event
   */
  updateEvent(path: string, value: unknown): SegmentEvent
  /**
   * Cancels the event, from inside a `before` plugin. It fails with this reason.
   *
   * @throws `error`, or a ContextCancelation if there is none
   */
  cancel(error?: Error | { retry: boolean; type: string; reason?: string }): never
  /** Adds a message to `logs()`. */
  log(level: LogLevel, message: string, extras?: object): void
  /** What plugins logged, and what the SDK logged about them. */
  logs(): LogMessage[]
  /** Why the event was not delivered; undefined while it is pending, and once it is delivered. */
  failedDelivery(): { reason: unknown } | undefined
  /** Marks the event as failed, from inside a plugin. */
  setFailedDelivery(failure: { reason: unknown }): void
  /** The context as plain data, for logs. */
  toJSON(): { id: string; event: SegmentEvent; logs: LogMessage[]; metrics?: readonly unknown[] }
}

/** The class of contexts. */
export interface ContextConstructor {
  /** For tests of plugins: the SDK creates the contexts of its events itself. */
  new (event: SegmentEvent, id?: string): SegmentContext
  readonly prototype: SegmentContext
  /** A context without an event, for example of a plugin that is loading. */
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

/**
 * An event as plugins, callbacks and listeners see it, complete as it is sent.
 *
 * @see {@link https://segment.com/docs/connections/spec/common/ | Segment's spec: common fields}
 */
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

/**
 * Extends a client.
 *
 * @example
 * import type { Plugin } from 'analytics-edge/segment'
 *
 * const plugin: Plugin = {
 *   name: 'region',
 *   type: 'enrichment',
 *   isLoaded: () => true,
 *   load: async () => undefined,
 *   track(ctx) {
 *     ctx.updateEvent('context.region', 'eu')
 *     return ctx
 *   },
 * }
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#plugin-architecture | Segment's library: plugins}
 */
export interface Plugin {
  /** Identifies it in `deregister()`, and in the `integrations` of a call. */
  name: string
  /** When it runs: `before`, `enrichment`, `destination`, `after`; or `utility`, which is only loaded. */
  type: PluginType
  version?: string | undefined
  /**
   * More names by which `integrations` can switch a destination off.
   * @default none
   */
  alternativeNames?: string[] | undefined
  /** As Segment's types require it. The SDK ignores the result. */
  isLoaded: () => boolean
  /** Called once, at registration. Events wait for it, for at most `pluginTimeout`, unless the plugin is a destination. */
  load: (ctx: SegmentContext, instance: SegmentAnalytics) => Promise<unknown>
  /** Called when the plugin is deregistered. */
  unload?: ((ctx: SegmentContext, instance: SegmentAnalytics) => Promise<unknown> | unknown) | undefined
  /** Called after `load`, and awaited like it. */
  ready?: (() => Promise<unknown>) | undefined
  /** Called for each track event. The hooks below are called for the other types. */
  track?: Hook | undefined
  identify?: Hook | undefined
  page?: Hook | undefined
  screen?: Hook | undefined
  group?: Hook | undefined
  alias?: Hook | undefined
}

/** The class of the default HTTP client. */
export interface FetchHTTPClientConstructor {
  /**
   * @param fetchFn makes the requests
   * @default the runtime's `fetch`
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#override-the-default-http-client | Segment's library: HTTP client}
   */
  new (fetchFn?: HTTPFetchFn): HTTPClient
  readonly prototype: HTTPClient
}
