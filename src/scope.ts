import type { Delivery } from './delivery/outcome/delivery.ts'
import { DeliveryQueue, type QueueDeps, type QueueOptions } from './delivery/queue.ts'
import type { Callback } from './delivery/queued-event.ts'
import {
  buildAlias,
  buildGroup,
  buildIdentify,
  buildPage,
  buildScreen,
  buildTrack,
  type EventDefaults,
} from './events/build.ts'
import { isPlainObject } from './lib/is-plain-object.ts'
import { RequestGuard } from './lib/request-guard.ts'
import { checkFunction, checkTimeout, refuse } from './settings/check.ts'
import type {
  AliasParams,
  CloseAndFlushParams,
  FlushParams,
  FlushResult,
  GroupParams,
  IdentifyParams,
  IdentityOptions,
  OptionalIdentity,
  PageParams,
  ScopeOptions,
  SegmentEvent,
  TrackParams,
} from './types.ts'

/** Under the 30 seconds after which Workers ends what `waitUntil` was given, so that a failure is still told. */
const DEFAULT_TIMEOUT_MS = 25_000

/**
 * One invocation: the calls of a client, with a queue of their own. Made by `analytics.scope()`; every wrapper gives one to its
 * handler. Each call returns at once, with a Delivery; it throws a ValidationError for input that Segment would refuse.
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
    return this.#add(buildTrack(params, this.#defaults), callback)
  }

  /** Ties a user to their traits. */
  identify(params: IdentifyParams<Identity>, callback?: Callback): Delivery {
    return this.#add(buildIdentify(params, this.#defaults), callback)
  }

  /** Records that a user saw a page of a website. */
  page(params: PageParams<Identity>, callback?: Callback): Delivery {
    return this.#add(buildPage(params, this.#defaults), callback)
  }

  /** Records that a user saw a screen of an app. */
  screen(params: PageParams<Identity>, callback?: Callback): Delivery {
    return this.#add(buildScreen(params, this.#defaults), callback)
  }

  /** Ties a user to a group: a company, an account, a team. */
  group(params: GroupParams<Identity>, callback?: Callback): Delivery {
    return this.#add(buildGroup(params, this.#defaults), callback)
  }

  /** Gives a user a new id: `previousId` becomes `userId`. */
  alias(params: AliasParams, callback?: Callback): Delivery {
    return this.#add(buildAlias(params, this.#defaults), callback)
  }

  /** Events accepted and not settled yet. */
  get pendingCount(): number {
    return this.#ownQueue().pendingCount
  }

  /**
   * Sends what is pending now and waits until all of it is delivered or has failed and its callbacks have ended, at most for
   * `timeout`. It rejects only for a wrong parameter. Overlapping flushes share their requests.
   */
  async flush({ timeout, close = false }: FlushParams = {}): Promise<FlushResult> {
    return this.#ownQueue().flush(checkTimeout(timeout), close)
  }

  /** Accepts no more events, then flushes; it waits for callbacks of earlier events, too. */
  closeAndFlush({ timeout }: CloseAndFlushParams = {}): Promise<FlushResult> {
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

  #add(event: SegmentEvent, callback: Callback | undefined): Delivery {
    return this.#ownQueue().add(event, checkFunction('callback', callback))
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
