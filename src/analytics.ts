import { createAuthorizerFactory } from './auth/create-authorizer.ts'
import { UnhandledFailures } from './delivery/outcome/unhandled-failures.ts'
import type { QueueDeps } from './delivery/queue.ts'
import { sumResults } from './delivery/request-queues.ts'
import { Sender } from './delivery/sender.ts'
import { Context } from './events/context.ts'
import { type AnalyticsEvents, Emitter, type Listener } from './events/emitter.ts'
import { FetchHTTPClient, toHTTPClient } from './http/client.ts'
import { Redactor } from './http/redactor.ts'
import { describeError } from './lib/describe-error.ts'
import { EVENT_TYPES } from './lib/event-types.ts'
import { findInvocation } from './lib/invocations.ts'
import { Reporter } from './lib/reporter.ts'
import { isRequestBound } from './lib/request-guard.ts'
import { VERSION } from './lib/version.ts'
import { Pipeline } from './plugins/pipeline.ts'
import type { PluginFor } from './plugins/plugin.ts'
import { checkFlushParams, Scope } from './scope.ts'
import { checkTimeout, MAX_TIMER_MS } from './settings/check.ts'
import { type AnalyticsSettings, type ResolvedSettings, redactSettings, resolveSettings } from './settings/settings.ts'
import type { AnyCalls, FlushParams, FlushResult, IdentityOptions, OptionalIdentity, ScopeOptions } from './types.ts'

/** Extends a client; see `analytics.register()`. */
export interface Plugin extends PluginFor<Analytics> {}

/** How copies of the package recognize each other's clients, and the version of what wrappers expect of one. */
export const CLIENT = Symbol.for('analytics-edge.client')
export const PROTOCOL = 1

/** Methods that work without their client. */
export const DETACHABLE = [
  ...EVENT_TYPES,
  'flush',
  'closeAndFlush',
  'send',
  'register',
  'deregister',
  'scope',
  'on',
  'once',
  'off',
  'emit',
] as const

/**
 * Whether only a wrapper has the client: no other code can call it then, so its calls need no lookup of a scope. Ignores a
 * client of another copy, and a test's fake.
 */
export let setPrivate: (client: Analytics, isPrivate: boolean) => void

/**
 * The client. It is itself a scope, the one that does not end with an invocation. In a process (Node, Deno, Bun), call it directly;
 * in a serverless handler, give each invocation its own scope, as the wrappers do.
 *
 * @typeParam Identity `OptionalIdentity` if the setting `anonymousId` makes the ids that calls leave out
 * @typeParam Calls what the calls accept, from the setting `plan`
 * @example
 * const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
 * analytics.track({ userId: '019mr8mf4r', event: 'Item Purchased' })
 * await analytics.closeAndFlush()
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/ | Segment's library}
 */
export class Analytics<
  Identity extends OptionalIdentity = IdentityOptions,
  Calls extends AnyCalls = AnyCalls,
> extends Scope<Identity, Calls> {
  static {
    setPrivate = (client, isPrivate) => {
      if (#deps in client) client.#deps.isPrivate = isPrivate
    }
  }

  readonly #deps: ClientDeps
  /** Always resolved: a client is ready as soon as it is constructed. Kept for programs written for Segment's library. */
  readonly ready: Promise<void> = Promise.resolve()

  /**
   * @param settings checked once, here
   * @param options of the client as a scope: a `waitUntil` to bind its calls to, and ids and context for all calls
   * @throws {@link ValidationError} that names the first wrong setting or option, and what is allowed
   */
  constructor(settings: AnalyticsSettings<Calls>, options: ScopeOptions = {}) {
    const deps = createDeps(settings)
    super(deps, options, undefined, deps.live ? clientTimeoutMs(deps.settings) : undefined)
    this.#deps = deps
    deps.emitter.subject = this
    Object.defineProperty(this, CLIENT, { value: PROTOCOL })
    this.#bindMethods()
    void Promise.resolve().then(() => deps.emitter.emit('initialize', redactSettings(settings)))
  }

  /**
   * Creates a client of the same type that makes no requests and throws for no event, for when there is no write key or the user has
   * opted out. Callbacks are called, and each valid event counts as delivered.
   *
   * @example
   * const writeKey = process.env.SEGMENT_WRITE_KEY
   * const analytics = writeKey ? new Analytics({ writeKey }) : Analytics.noop()
   */
  static noop(): Analytics {
    const settings: AnalyticsSettings = { writeKey: '', disable: true, invalidEvents: 'fail' }
    const client = new this(settings)
    // A subclass may use settings of its own.
    return client.#deps.settings.isDisabled ? client : Reflect.construct(Analytics, [settings], client.constructor)
  }

  // What Node suggests for a CommonJS package, as Segment's is: `import pkg from '…'; const { Analytics } = pkg`.

  /** The class itself; on Workers, the one that is bound to requests. */
  static get Analytics(): typeof Analytics {
    // biome-ignore lint/complexity/noThisInStatic: the class on which it is called
    return this
  }

  static get default(): typeof Analytics {
    // biome-ignore lint/complexity/noThisInStatic: the class on which it is called
    return this
  }

  static get Context(): typeof Context {
    return Context
  }

  static get FetchHTTPClient(): typeof FetchHTTPClient {
    return FetchHTTPClient
  }

  /** Version of the SDK. */
  get VERSION(): string {
    return VERSION
  }

  /**
   * Opens a scope for one invocation. With a `userId` or `anonymousId`, its calls need none of their own.
   *
   * @param options merged over the client's own ids, context and defaults
   * @throws {@link ValidationError} that names the wrong option, and what is allowed
   * @example
   * const scope = analytics.scope({ userId: '019mr8mf4r', context: { ip: '203.0.113.7' } })
   * scope.track({ event: 'Order Placed' })
   * await scope.flush()
   */
  scope(options: ScopeOptions & ({ userId: string } | { anonymousId: string })): Scope<OptionalIdentity, Calls>
  scope(options?: ScopeOptions): Scope<IdentityOptions, Calls>
  scope(options: ScopeOptions = {}): Scope<OptionalIdentity, Calls> {
    return new Scope<OptionalIdentity, Calls>(this.#deps, options, this)
  }

  /**
   * Adds plugins. Those of one type run in the order of registration. Events wait until they are loaded, unless only destinations
   * are loading. A plugin that does not load is skipped, with a warning and an `error` event; if it is `critical`, every event
   * fails instead.
   *
   * @returns a promise that resolves when the plugins are loaded
   * @throws {@link ValidationError}, as a rejection, that names the first wrong field of a plugin
   * @example
   * await analytics.register({
   *   name: 'region',
   *   type: 'enrichment',
   *   track(ctx) {
   *     ctx.updateEvent('context.region', 'eu')
   *     return ctx
   *   },
   * })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#plugin-architecture | Segment's library: plugins}
   */
  async register(...plugins: Plugin[]): Promise<void> {
    await this.#deps.plugins.registry.register(plugins, this.#forPlugins)
    this.#deps.emitter.emit(
      'register',
      plugins.map(({ name }) => name),
    )
  }

  /**
   * Removes plugins by their names, and calls their `unload`.
   *
   * @returns a promise that resolves when they are unloaded
   * @example
   * await analytics.deregister('region')
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#deregister-a-plugin | Segment's library: deregister a plugin}
   */
  async deregister(...pluginNames: string[]): Promise<void> {
    await this.#deps.plugins.registry.deregister(pluginNames, this.#forPlugins)
    this.#deps.emitter.emit('deregister', pluginNames)
  }

  /**
   * Sends what is pending, and waits until all of it is delivered or has failed and its callbacks have finished. In a process, it covers
   * all open scopes; on hosts that bind work to requests, the running invocation.
   *
   * @param params `timeout` in milliseconds, 1 to 2147483647; with `close: true`, the client accepts no more events
   * @returns counts of the events that the flush covered, which are those accepted before it
   * @throws {@link ValidationError}, as a rejection, for a wrong parameter; failed events do not make it reject
   * @example
   * const { delivered, failed } = await analytics.flush({ timeout: 2000 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#graceful-shutdown | Segment's library: graceful shutdown}
   */
  override async flush(params: FlushParams = {}): Promise<FlushResult> {
    const { live } = this.#deps
    const timeoutMs = checkTimeout(checkFlushParams(params).timeout)
    if (params.close) this.#deps.isClosed = true
    const flushes = live
      ? [...live].map((queue) => queue.flush(timeoutMs, params.close))
      : [super.flush(params), ...this.#joinedScopes.map((scope) => scope.flush(params))]
    return sumResults(await Promise.all(flushes), this.#deps.settings)
  }

  /** Number of events that are accepted but not yet settled: as many as a flush would cover. */
  override get pendingCount(): number {
    const { live } = this.#deps
    if (live) return [...live].reduce((sum, { pendingCount }) => sum + pendingCount, 0)
    return this.#joinedScopes.reduce((sum, { pendingCount }) => sum + pendingCount, super.pendingCount)
  }

  /**
   * Adds a listener, for this client and all of its scopes. One that throws affects nothing else. Add it once, not with each request.
   *
   * @param name one of {@link AnalyticsEvents}: `error` for failed events, `http_request` for logs, …
   * @returns the client
   * @example
   * analytics.on('error', ({ reason, ctx }) => console.error(ctx.event.messageId, reason))
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#event-emitter-interface | Segment's library: event emitter}
   */
  on<Name extends keyof AnalyticsEvents>(name: Name, listener: Listener<Name>): this {
    this.#deps.emitter.on(name, listener)
    return this
  }

  /**
   * Like `on`, for the next event only.
   *
   * @example
   * analytics.once('drained', () => console.log('all events are settled'))
   */
  once<Name extends keyof AnalyticsEvents>(name: Name, listener: Listener<Name>): this {
    this.#deps.emitter.once(name, listener)
    return this
  }

  /**
   * Removes a listener, even one added with `once`. If it was added several times, the first is removed.
   *
   * @example
   * const log = (request: { url: string }) => console.log(request.url)
   * analytics.on('http_request', log).off('http_request', log)
   */
  off<Name extends keyof AnalyticsEvents>(name: Name, listener: Listener<Name>): this {
    this.#deps.emitter.off(name, listener)
    return this
  }

  /** Calls the listeners of a name, as the client itself does. */
  emit<Name extends keyof AnalyticsEvents>(name: Name, ...args: AnalyticsEvents[Name]): this {
    this.#deps.emitter.emit(name, ...args)
    return this
  }

  /** Lets the process exit while events wait for their `flushInterval`. `flushOnExit` calls it, and sends the events at the exit. */
  unref(): this {
    return this.#setUnref(true)
  }

  /** Undoes `unref()`: the process stays alive until waiting events are sent, which is the default. */
  ref(): this {
    return this.#setUnref(false)
  }

  /** The cast: a plugin's calls name their ids, whether or not those of the program do. */
  get #forPlugins(): Analytics {
    return this as unknown as Analytics
  }

  /** The scopes of the running invocation, and of the outermost one around it. */
  get #joinedScopes(): Scope<OptionalIdentity>[] {
    const found = findInvocation(this.#deps)
    const scopes = new Set(found && [found.own, found.outermost])
    scopes.delete(this)
    // The cast: `enter` puts nothing else there.
    return [...scopes] as Scope<OptionalIdentity>[]
  }

  /** As in Segment's library: `const { track } = analytics` works, and so do `.then(analytics.flush)` and `{ ...analytics }`. */
  #bindMethods(): void {
    for (const name of DETACHABLE) {
      // The cast: all that matters of a method here is that it can be bound.
      const method = this[name] as ((...args: never[]) => unknown) | undefined
      // A subclass may have a property of that name.
      if (typeof method !== 'function') continue
      const value = method.bind(this)
      Object.defineProperty(this, name, { value, enumerable: true, writable: true, configurable: true })
    }
  }

  #setUnref(isUnref: boolean): this {
    this.#deps.isUnref = isUnref
    for (const queue of this.#deps.live ?? []) queue.applyUnref()
    return this
  }
}

const UNHANDLED_WARNING = "an event failed, and nothing handles it: add analytics.on('error', …)."

const UNBOUND_WARNING =
  'outside a scope, an event that is not awaited may be lost when the request ends. Wrap the handler in withAnalytics(), or use ' +
  'analytics.scope({ waitUntil })'

const TOKEN_CACHE_WARNING = 'tokenCache failed, so tokens come from the token server:'

interface ClientDeps extends QueueDeps {
  readonly plugins: Pipeline<Analytics>
}

function createDeps(settings: AnalyticsSettings): ClientDeps {
  const resolved = resolveSettings(settings)
  const redactor = new Redactor(resolved.writeKey)
  const reporter = new Reporter(redactor.redact)
  const emitter = new Emitter(reporter)
  for (const warning of resolved.warnings) reporter.warn(warning)
  return {
    settings: resolved,
    emitter,
    reporter,
    sender: new Sender(resolved, emitter, redactor),
    createAuthorizer: wireAuthorizer(resolved, redactor, reporter),
    plugins: new Pipeline(resolved.pluginTimeoutMs, (reason, ctx) => {
      reporter.warn(`${reason.message}: ${describeError(reason.cause)}`)
      emitter.emit('error', { code: 'plugin_failure', reason, ctx })
    }),
    live: isRequestBound ? undefined : new Set(),
    unhandled: new UnhandledFailures(reporter.createWarning(UNHANDLED_WARNING)),
    onUnboundUse: reporter.createWarning(UNBOUND_WARNING),
    pendingQueueCount: 0,
    isUnref: false,
    isClosed: false,
    isPrivate: false,
  }
}

function wireAuthorizer(
  settings: ResolvedSettings,
  redactor: Redactor,
  reporter: Reporter,
): QueueDeps['createAuthorizer'] {
  const { oauth } = settings
  if (!oauth) return undefined
  const warn = reporter.createWarning(TOKEN_CACHE_WARNING)
  return createAuthorizerFactory(oauth, settings, redactor, toHTTPClient(oauth.httpClient), (problem) =>
    warn(` ${describeError(problem)}`),
  )
}

/** As in Segment's library: a quarter above the longer of a minute and the `flushInterval`. */
function clientTimeoutMs({ flushIntervalMs }: ResolvedSettings): number {
  return Math.min(Math.max(60_000, flushIntervalMs) * 1.25, MAX_TIMER_MS)
}
