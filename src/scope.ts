import type { Delivery } from './delivery/outcome/delivery.ts'
import { DeliveryQueue, type QueueDeps, type QueueOptions } from './delivery/queue.ts'
import type { Callback } from './delivery/queued-event.ts'
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
import { isPlainObject } from './lib/is-plain-object.ts'
import { RequestGuard } from './lib/request-guard.ts'
import { checkFunction, checkTimeout, describeValue, refuse } from './settings/check.ts'
import type {
  AliasParams,
  CloseAndFlushParams,
  FlushParams,
  FlushResult,
  GroupParams,
  IdentifyParams,
  IdentityOptions,
  OptionalIdentity,
  Outcome,
  PageParams,
  ScopeOptions,
  SegmentEvent,
  SegmentEventType,
  SendOptions,
  TrackParams,
} from './types.ts'

/** Under the 30 seconds after which Workers ends what `waitUntil` was given, so that a failure is still told. */
const DEFAULT_TIMEOUT_MS = 25_000

/**
 * One invocation: the calls of a client, with a queue of their own. Made by `analytics.scope()`; every wrapper gives one to its
 * handler. Each call returns at once, with a Delivery. It throws a ValidationError for input for which Segment's library throws, unless
 * the setting `invalidEvents` is 'fail'; whatever else is wrong fails the event with `ERR_INVALID_EVENT`.
 */
export class Scope<Identity extends OptionalIdentity = IdentityOptions> {
  readonly #deps: QueueDeps
  readonly #options: QueueOptions
  readonly #defaults: EventDefaults
  readonly #isSharedByRequests: boolean
  #queue: DeliveryQueue
  #guard: RequestGuard | undefined

  /**
   * @internal Use `analytics.scope()`.
   * @param isSharedByRequests whether several requests may use it, on a host where none may touch another's promises
   */
  constructor(
    deps: QueueDeps,
    options: ScopeOptions,
    defaultTimeoutMs = DEFAULT_TIMEOUT_MS,
    isSharedByRequests = false,
  ) {
    const { waitUntil, timeout = defaultTimeoutMs, context, userId, anonymousId } = checkScopeOptions(options)
    this.#deps = deps
    this.#options = { waitUntil, timeoutMs: timeout }
    this.#defaults = { context, userId, anonymousId }
    this.#isSharedByRequests = isSharedByRequests
    this.#queue = new DeliveryQueue(deps, this.#options)
  }

  /** Records what a user did. */
  track(params: TrackParams<Identity>, callback?: Callback): Delivery {
    return this.#call('track', buildTrack, params, callback)
  }

  /** Ties a user to their traits. */
  identify(params: IdentifyParams<Identity>, callback?: Callback): Delivery {
    return this.#call('identify', buildIdentify, params, callback)
  }

  /** Records that a user saw a page of a website. */
  page(params: PageParams<Identity>, callback?: Callback): Delivery {
    return this.#call('page', buildPage, params, callback)
  }

  /** Records that a user saw a screen of an app. */
  screen(params: PageParams<Identity>, callback?: Callback): Delivery {
    return this.#call('screen', buildScreen, params, callback)
  }

  /** Ties a user to a group: a company, an account, a team. */
  group(params: GroupParams<Identity>, callback?: Callback): Delivery {
    return this.#call('group', buildGroup, params, callback)
  }

  /** Gives a user a new id: `previousId` becomes `userId`. */
  alias(params: AliasParams, callback?: Callback): Delivery {
    return this.#call('alias', buildAlias, params, callback)
  }

  /**
   * Sends an event that is already built, from a queue, a file or a browser, as it is: ids, time, context and library stay.
   * What is no event, by its type, ids or size, fails. An array is sent at once.
   *
   * @param options `plugins: false` has it pass the plugins by
   */
  send(event: SegmentEvent, options?: SendOptions): Delivery
  send(events: readonly SegmentEvent[], options?: SendOptions): Promise<Outcome[]>
  send(events: SegmentEvent | readonly SegmentEvent[], options?: SendOptions | null): Delivery | Promise<Outcome[]> {
    const treatment = { isBuilt: true, skipsPlugins: options?.plugins === false }
    const sendOne = (event: unknown): Delivery => {
      const queue = this.#ownQueue()
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

  /** Events accepted and not settled yet. */
  get pendingCount(): number {
    return this.#ownQueue().pendingCount
  }

  /**
   * Sends what is pending now and waits until all of it is delivered or has failed and its callbacks have ended, at most for
   * `timeout`. It rejects only for a wrong parameter. Overlapping flushes share their requests.
   */
  async flush(params: FlushParams = {}): Promise<FlushResult> {
    const { timeout, close = false } = checkFlushParams(params)
    return this.#ownQueue().flush(checkTimeout(timeout), close)
  }

  /** Accepts no more events, then flushes. */
  async closeAndFlush(params: CloseAndFlushParams = {}): Promise<FlushResult> {
    const { timeout } = checkFlushParams(params)
    return this.flush({ timeout, close: true })
  }

  /**
   * Runs a handler with this scope. Its events travel together when it has ended, whether it returned or threw: with
   * `waitUntil` the result is there at once and the flush goes on behind it, without `waitUntil` the result follows the flush.
   */
  async run<Result>(handler: (scope: this) => Result | PromiseLike<Result>): Promise<Result> {
    const queue = this.#ownQueue()
    queue.hold()
    try {
      return await handler(this)
    } finally {
      const flushed = queue.release()
      if (!this.#options.waitUntil) await flushed
    }
  }

  #call<Params>(
    type: SegmentEventType,
    build: (params: Params, defaults: EventDefaults) => SegmentEvent,
    params: Params,
    callback: Callback | undefined,
  ): Delivery {
    const queue = this.#ownQueue()
    let event: SegmentEvent
    try {
      event = build(params, this.#defaults)
    } catch (error) {
      if (error instanceof ValidationError && this.#deps.settings.invalidEvents === 'throw') throw error
      const shell = buildShell(type, params)
      return queue.addFailed(shell, toCallback(callback), toInvalidEventError(error, shell))
    }
    const usable = toCallback(callback)
    if (usable || !callback) return queue.add(event, usable)
    const reason = new ValidationError('callback', `of ${type} must be a function; it is ${describeValue(callback)}`)
    return queue.addFailed(event, undefined, toInvalidEventError(reason, event))
  }

  /** The queue of the current request: a promise must not be shared with another one, where the host forbids it. */
  #ownQueue(): DeliveryQueue {
    if (this.#isSharedByRequests && !this.#guard?.isSameRequest()) {
      this.#guard = new RequestGuard()
      this.#queue = new DeliveryQueue(this.#deps, this.#options)
      if (!this.#options.waitUntil) this.#deps.onUnboundUse()
    }
    return this.#queue
  }
}

function checkScopeOptions(options: ScopeOptions): ScopeOptions {
  if (!isPlainObject(options)) refuse('options', 'an object: scope({ waitUntil })', options)
  const { waitUntil, context = {}, userId = '', anonymousId = '', timeout } = options
  checkFunction('waitUntil', waitUntil)
  if (!isPlainObject(context)) refuse('context', 'an object', context)
  if (typeof userId !== 'string') refuse('userId', 'a string', userId)
  if (typeof anonymousId !== 'string') refuse('anonymousId', 'a string', anonymousId)
  checkTimeout(timeout)
  return options
}

/** A program in JavaScript may pass anything, or the old library's null. */
function toCallback(callback: unknown): Callback | undefined {
  // The cast: what a function takes and returns is its own matter.
  return typeof callback === 'function' ? (callback as Callback) : undefined
}

/** Old versions of Segment's library took a callback here. Exported for the client, which has a flush of its own. */
export function checkFlushParams<Params extends object>(params: Params): Params {
  const hint = 'an object: { timeout }. It takes no callback: await the promise that it returns'
  return isPlainObject(params) ? params : refuse('flush', hint, params)
}
