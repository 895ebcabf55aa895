import type { Delivery } from './delivery/outcome/delivery.ts'
import { BUILT_HERE, type QueueDeps } from './delivery/queue.ts'
import type { Callback } from './delivery/queued-event.ts'
import { RequestQueues } from './delivery/request-queues.ts'
import { ValidationError } from './errors.ts'
import {
  buildAlias,
  buildGroup,
  buildIdentify,
  buildPage,
  buildScreen,
  buildShell,
  buildTrack,
  type EventDefaults,
  readBuiltEvent,
  toInvalidEventError,
} from './events/build.ts'
import { enterInvocation, findInvocation } from './lib/invocations.ts'
import { isPlainObject } from './lib/is-plain-object.ts'
import { readAsJson } from './lib/read-as-json.ts'
import { RequestGuard } from './lib/request-guard.ts'
import { checkDefaults, checkFunction, checkTimeout, choice, describeValue, throwInvalid } from './settings/check.ts'
import type {
  AliasParams,
  AnyCalls,
  CloseAndFlushParams,
  FlushParams,
  FlushResult,
  GroupParams,
  IdentifyParams,
  IdentityOptions,
  OptionalIdentity,
  Outcome,
  PageParams,
  ScopeIdentity,
  ScopeOptions,
  SegmentEvent,
  SegmentEventType,
  SendOptions,
  TrackParams,
} from './types.ts'

/** Under the 30 seconds after which Workers cancels the promises of `waitUntil`, so that a failure is still reported. */
const DEFAULT_TIMEOUT_MS = 25_000

/**
 * One invocation: the calls of a client, with their own queue. `analytics.scope()` opens one; every wrapper gives one to its
 * handler. Each call returns a Delivery at once. It throws a ValidationError for input for which Segment's library throws, unless
 * the setting `invalidEvents` is 'fail'. Other invalid input fails the event with `ERR_INVALID_EVENT`, unless the setting is 'send'.
 */
export class Scope<Identity extends OptionalIdentity = IdentityOptions, Calls extends AnyCalls = AnyCalls> {
  readonly #deps: QueueDeps
  readonly #waitUntil: ScopeOptions['waitUntil']
  readonly #defaults: EventDefaults
  readonly #isDisabled: boolean = false
  readonly #isClient: boolean
  readonly #guard: RequestGuard
  readonly #queues: RequestQueues

  /**
   * @internal Use `analytics.scope()`.
   * @param client that opens it; undefined for the client itself
   */
  constructor(
    deps: QueueDeps,
    options: ScopeOptions,
    client?: Scope<OptionalIdentity>,
    defaultTimeoutMs = DEFAULT_TIMEOUT_MS,
  ) {
    const own = checkScopeOptions(options)
    this.#deps = deps
    // Only wrappers open scopes of such a client.
    this.#guard = new RequestGuard(deps.isPrivate && own.waitUntil !== undefined)
    this.#isClient = client === undefined
    // Only asked for where it is needed: a client may open a scope to answer.
    const parent = own.waitUntil ? undefined : client ? client.#target : undefined
    this.#waitUntil = own.waitUntil ?? (parent ? parent.#waitUntil : undefined)
    const inherited = inheritDefaults(client ? client.#defaults : (deps.settings.defaults ?? {}), own)
    this.#defaults = { ...inherited, isLenient: isLenient(deps), createAnonymousId: deps.settings.anonymousId }
    // One that was opened when its module was loaded may be used by any request.
    const isShared = this.#isClient || !this.#guard.isOfRequest
    this.#isDisabled = own.disable ?? (parent ?? client ?? this).#isDisabled
    const settings = own.settings?.(deps.settings) ?? deps.settings
    const timeoutMs = own.timeout ?? defaultTimeoutMs
    const queueOptions = { waitUntil: this.#waitUntil, timeoutMs, settings, isDisabled: this.#isDisabled }
    this.#queues = new RequestQueues(deps, queueOptions, isShared, this.#guard)
  }

  /**
   * The scope that calls made now join. For a scope, that is itself. For a client, it is the scope of the running invocation, under
   * a wrapper, `run()` or `enter()`; outside of invocations, it is the client.
   *
   * @example
   * const { delivered } = await analytics.current().flush()
   */
  current(): Scope<OptionalIdentity, Calls> {
    return this.#findJoined()?.scope ?? this
  }

  /** The same as `current()`, which a subclass may override with something else, as programs for Segment's library do. */
  get #target(): Scope<OptionalIdentity, Calls> {
    const current = this.current()
    return #queues in Object(current) ? current : this
  }

  /** The scope that calls join, if any, and the guard that has just proved that it belongs to the running request. */
  #findJoined(): { scope: Scope<OptionalIdentity, Calls>; guard: RequestGuard } | undefined {
    const found = this.#isClient ? findInvocation(this.#deps) : undefined
    // The cast: `enter` puts nothing else there.
    return found && { scope: found.own as Scope<OptionalIdentity, Calls>, guard: found.guard }
  }

  /**
   * The user of calls made now, as plain data for a queue message or an RPC call; undefined without an id.
   *
   * @example
   * const message = { order: 42, identity: analytics.identity }
   * // In the consumer:
   * analytics.scope(message.identity).track({ userId: '019mr8mf4r', event: 'Order Shipped' })
   */
  get identity(): ScopeIdentity | undefined {
    const scope = this.#target
    const { userId, anonymousId, context, integrations } = scope.#defaults
    if (!userId && !anonymousId) return undefined
    const identity = { userId, anonymousId, context, integrations, disable: scope.#isDisabled || undefined }
    // The cast: what JSON reads is what was written, and one of the ids is there.
    return JSON.parse(JSON.stringify(identity)) as ScopeIdentity
  }

  /**
   * Records what a user did.
   *
   * @param params an `event` name, `properties`, and a `userId` or `anonymousId` unless the scope has one; also `context`,
   * `timestamp`, `integrations` and `messageId`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @returns a {@link Delivery}: await it to send the event now, ignore it to have it batched
   * @throws {@link ValidationError} as Segment's library does: without any id, without an `event`, or with `properties` that are not a plain object. With `invalidEvents: 'fail'`, never
   * @example
   * analytics.track({ userId: '019mr8mf4r', event: 'Order Placed', properties: { total: 39.95 } })
   * @see {@link https://segment.com/docs/connections/spec/track/ | Segment's spec: Track}
   */
  track(params: TrackParams<Identity, Calls['track']>, callback?: Callback): Delivery {
    return this.#call('track', buildTrack, params, callback)
  }

  /**
   * Associates a user with their traits.
   *
   * @param params `traits`, and a `userId` or `anonymousId` unless the scope has one; also `context`, `timestamp`,
   * `integrations` and `messageId`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @returns a {@link Delivery}: await it to send the event now, ignore it to have it batched
   * @throws {@link ValidationError} as Segment's library does: without any id, or with `traits` that are not a plain object. With `invalidEvents: 'fail'`, never
   * @example
   * analytics.identify({ userId: '019mr8mf4r', traits: { email: 'jane@example.com', plan: 'pro' } })
   * @see {@link https://segment.com/docs/connections/spec/identify/ | Segment's spec: Identify}
   */
  identify(params: IdentifyParams<Identity, Calls['identify']>, callback?: Callback): Delivery {
    return this.#call('identify', buildIdentify, params, callback)
  }

  /**
   * Records that a user saw a page of a website.
   *
   * @param params `name`, `category` and `properties` (`url`, `title`, …), all optional, and a `userId` or `anonymousId` unless the
   * scope has one; also `context`, `timestamp`, `integrations` and `messageId`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @returns a {@link Delivery}: await it to send the event now, ignore it to have it batched
   * @throws {@link ValidationError} as Segment's library does: without any id. With `invalidEvents: 'fail'`, never
   * @example
   * analytics.page({ anonymousId: 'a-7f3c', name: 'Pricing', properties: { url: 'https://example.com/pricing' } })
   * @see {@link https://segment.com/docs/connections/spec/page/ | Segment's spec: Page}
   */
  page(params: PageParams<Identity>, callback?: Callback): Delivery {
    return this.#call('page', buildPage, params, callback)
  }

  /**
   * Records that a user saw a screen of an app.
   *
   * @param params as for `page()`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @returns a {@link Delivery}: await it to send the event now, ignore it to have it batched
   * @throws {@link ValidationError} as Segment's library does: without any id. With `invalidEvents: 'fail'`, never
   * @example
   * analytics.screen({ userId: '019mr8mf4r', name: 'Checkout' })
   * @see {@link https://segment.com/docs/connections/spec/screen/ | Segment's spec: Screen}
   */
  screen(params: PageParams<Identity>, callback?: Callback): Delivery {
    return this.#call('screen', buildScreen, params, callback)
  }

  /**
   * Associates a user with a group: a company, an account or a team.
   *
   * @param params a `groupId`, `traits` of the group, and a `userId` or `anonymousId` unless the scope has one; also `context`,
   * `timestamp`, `integrations` and `messageId`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @returns a {@link Delivery}: await it to send the event now, ignore it to have it batched
   * @throws {@link ValidationError} as Segment's library does: without any id, or with `traits` that are not a plain object. With `invalidEvents: 'fail'`, never
   * @example
   * analytics.group({ userId: '019mr8mf4r', groupId: 'acme', traits: { name: 'Acme', employees: 420 } })
   * @see {@link https://segment.com/docs/connections/spec/group/ | Segment's spec: Group}
   */
  group(params: GroupParams<Identity, Calls['group']>, callback?: Callback): Delivery {
    return this.#call('group', buildGroup, params, callback)
  }

  /**
   * Merges two ids of the same user: `previousId` becomes `userId`.
   *
   * @param params the new `userId` and the `previousId`; also `context`, `timestamp`, `integrations` and `messageId`
   * @param callback called once, with `(err, ctx)`, when the event is delivered or has failed
   * @returns a {@link Delivery}: await it to send the event now, ignore it to have it batched
   * @throws {@link ValidationError} as Segment's library does: without any id. With `invalidEvents: 'fail'`, never
   * @example
   * analytics.alias({ previousId: 'a-7f3c', userId: '019mr8mf4r' })
   * @see {@link https://segment.com/docs/connections/spec/alias/ | Segment's spec: Alias}
   */
  alias(params: AliasParams, callback?: Callback): Delivery {
    return this.#call('alias', buildAlias, params, callback)
  }

  /**
   * Sends a prebuilt event, from a queue, a file or a browser, unchanged, including its ids, time, context and library. Never
   * throws: an invalid event fails with `ERR_INVALID_EVENT`, and one over 32 KB with `ERR_EVENT_TOO_LARGE`.
   *
   * @param event one event, which is sent with the next batch, or an array, which is sent now
   * @param options `plugins: false` skips the plugins
   * @returns a {@link Delivery}; for an array, a promise of the outcomes in the same order
   * @example
   * const outcomes = await analytics.send(deadLetters, { plugins: false })
   * @see {@link https://segment.com/docs/connections/spec/common/ | Segment's spec: common fields}
   */
  send(event: SegmentEvent, options?: SendOptions): Delivery
  send(events: readonly SegmentEvent[], options?: SendOptions): Promise<Outcome[]>
  send(events: SegmentEvent | readonly SegmentEvent[], options?: SendOptions | null): Delivery | Promise<Outcome[]> {
    const treatment = { isBuilt: true, skipsPlugins: options?.plugins === false }
    const sendOne = (event: unknown): Delivery => {
      const queue = this.#target.#queues.find()
      try {
        return queue.add(readBuiltEvent(event), undefined, treatment)
      } catch (error) {
        const shell = buildShell('track', event)
        return queue.addFailed(shell, undefined, toInvalidEventError(error, shell))
      }
    }
    // The cast: an array that is read-only is one.
    return Array.isArray(events) ? Promise.all((events as readonly unknown[]).map(sendOne)) : sendOne(events)
  }

  /** Number of events that are accepted but not yet settled. */
  get pendingCount(): number {
    return this.#queues.pendingCount
  }

  /**
   * Sends what is pending, and waits until all of it is delivered or has failed and its callbacks have finished. Overlapping flushes
   * share their requests.
   *
   * @param params `timeout` in milliseconds, 1 to 2147483647; with `close: true`, the scope accepts no more events
   * @returns counts of the events that the flush covered, which are those accepted before it
   * @throws {@link ValidationError}, as a rejection, for a wrong parameter; failed events do not make it reject
   * @example
   * const { delivered, failed } = await analytics.flush({ timeout: 2000 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#graceful-shutdown | Segment's library: graceful shutdown}
   */
  async flush(params: FlushParams = {}): Promise<FlushResult> {
    const { timeout, close = false } = checkFlushParams(params)
    return this.#queues.flush(checkTimeout(timeout), close)
  }

  /**
   * Accepts no more events, then flushes. Later calls fail with `ERR_CLOSED`.
   *
   * @param params `timeout` in milliseconds, 1 to 2147483647
   * @returns the counts of the events that the flush covered
   * @throws {@link ValidationError}, as a rejection, for a wrong parameter
   * @example
   * await analytics.closeAndFlush({ timeout: 5000 })
   * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#graceful-shutdown | Segment's library: graceful shutdown}
   */
  async closeAndFlush(params: CloseAndFlushParams = {}): Promise<FlushResult> {
    const { timeout } = checkFlushParams(params)
    return this.flush({ timeout, close: true })
  }

  /**
   * Calls a function. While it runs, calls on the client itself join this scope, even after awaits, in timers and in streams. Unlike
   * `run`, it neither holds events nor flushes.
   *
   * @returns what the function returns
   * @example
   * const scope = analytics.scope({ userId: '019mr8mf4r' })
   * await scope.enter(() => handle(request))
   * await scope.flush()
   */
  enter<Result>(act: () => Result): Result {
    const guard = this.#guard.isSameRequest() ? this.#guard : new RequestGuard()
    return enterInvocation(this.#deps, this, guard, act)
  }

  /**
   * Runs a handler with this scope. Its events are sent together when the handler finishes, whether it returns or throws. With `waitUntil`, it
   * returns the result at once, and the flush continues in the background; without `waitUntil`, it returns the result after the flush.
   *
   * @returns what the handler returns; it rejects with what the handler throws
   * @example
   * const order = await analytics.scope({ userId: '019mr8mf4r' }).run(async (scope) => {
   *   scope.track({ event: 'Order Placed' })
   *   return { status: 'placed' }
   * })
   */
  async run<Result>(handler: (scope: this) => Result | PromiseLike<Result>): Promise<Result> {
    const queue = this.#queues.find()
    queue.hold()
    try {
      return await (this.#deps.isPrivate ? handler(this) : this.enter(() => handler(this)))
    } finally {
      const flushed = queue.release()
      if (!this.#waitUntil) await flushed
    }
  }

  #call<Params>(
    type: SegmentEventType,
    build: (params: Params, defaults: EventDefaults) => SegmentEvent,
    params: Params,
    callback: Callback | undefined,
  ): Delivery {
    const joined = this.#findJoined()
    const scope = joined?.scope ?? this.#target
    const queue = scope.#queues.find(joined?.guard)
    let event: SegmentEvent
    let options = BUILT_HERE
    try {
      event = build(params, scope.#defaults)
      const check = this.#deps.settings.plan?.(event)
      if (check) options = { ...options, check }
    } catch (error) {
      const isMistake = error instanceof ValidationError || (isLenient(this.#deps) && !params)
      if (isMistake && this.#deps.settings.invalidEvents !== 'fail') throw error
      const shell = buildShell(type, params)
      return queue.addFailed(shell, toCallback(callback), toInvalidEventError(error, shell))
    }
    const usable = toCallback(callback)
    if (usable || !callback || isLenient(this.#deps)) return queue.add(event, usable, options)
    const reason = new ValidationError('callback', `of ${type} must be a function; it is ${describeValue(callback)}`)
    return queue.addFailed(event, undefined, toInvalidEventError(reason, event))
  }
}

function isLenient({ settings }: QueueDeps): boolean {
  return settings.invalidEvents === 'send'
}

/** Its own ids win; objects are merged. */
function inheritDefaults(
  parent: EventDefaults,
  { context, integrations, userId, anonymousId, defaults }: ScopeOptions,
): EventDefaults {
  return {
    context: merge(merge(parent.context, defaults?.context), context),
    properties: merge(parent.properties, defaults?.properties),
    traits: merge(parent.traits, defaults?.traits),
    integrations: merge(parent.integrations, integrations),
    userId: userId ?? parent.userId,
    anonymousId: anonymousId ?? parent.anonymousId,
  }
}

function merge<Fields extends object>(shared: Fields | undefined, own: Fields | undefined): Fields | undefined {
  return shared && own ? { ...readAsJson(shared), ...readAsJson(own) } : (own ?? shared)
}

function checkScopeOptions(options: ScopeOptions): ScopeOptions {
  if (!isPlainObject(options)) throwInvalid('options', 'an object: scope({ waitUntil })', options)
  const {
    waitUntil,
    context = {},
    integrations = {},
    userId = '',
    anonymousId = '',
    timeout,
    defaults,
    disable,
  } = options
  checkDefaults('defaults', defaults)
  checkFunction('waitUntil', waitUntil)
  if (!isPlainObject(context)) throwInvalid('context', 'an object', context)
  if (!isPlainObject(integrations)) throwInvalid('integrations', 'an object', integrations)
  choice(false, true)('disable', disable)
  if (typeof userId !== 'string') throwInvalid('userId', 'a string', userId)
  if (typeof anonymousId !== 'string') throwInvalid('anonymousId', 'a string', anonymousId)
  checkTimeout(timeout)
  return options
}

/** A JavaScript program may pass anything, including the old library's null. */
function toCallback(callback: unknown): Callback | undefined {
  // The cast: what a function takes and returns is its own matter.
  return typeof callback === 'function' ? (callback as Callback) : undefined
}

/** Old versions of Segment's library took a callback here. Exported for the client, which has its own flush. */
export function checkFlushParams<Params extends object>(params: Params): Params {
  const hint = 'an object: { timeout }. It takes no callback: await the promise that it returns'
  return isPlainObject(params) ? params : throwInvalid('flush', hint, params)
}
