import { monotonicMs } from '../lib/monotonic-ms.ts'
import { isRequestBound, RequestGuard } from '../lib/request-guard.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { FlushResult } from '../types.ts'
import { addTo, createTally, subtract, type Tally } from './outcome/tally.ts'
import { DeliveryQueue, type QueueDeps, type QueueOptions } from './queue.ts'

/** A queue with the request that it belongs to. */
interface OwnedQueue {
  readonly queue: DeliveryQueue
  readonly guard: RequestGuard
  /** Whether the tick that opened it is still running; only tracked if guards prove nothing. */
  isInTick: boolean
}

/** How many concurrent requests have their queues remembered, and how many of these a call searches for its own. */
const MAX_REMEMBERED = 1_024
const MAX_SEARCHED = 128
/** Limits for queues with nothing pending, most of which belong to requests that have ended. */
const MAX_IDLE = 64
const MAX_IDLE_WITH_KEY = 8
/** Turns of the microtask queue that a handler's tick may take; a longer tick costs another request. */
const TICK_TURNS = 64
/** How often a flush checks what other ticks still have pending. */
const LOOK_AGAIN_MS = 10

/**
 * The queues of a scope. There is one, unless several requests share the scope on a host that forbids touching another
 * request's promises. Each request then has its own, found by its guard; if guards prove nothing there, each tick has
 * its own, because no other request can run within it.
 */
export class RequestQueues {
  readonly #deps: QueueDeps
  readonly #options: QueueOptions
  readonly #isShared: boolean
  /** Most recently used first. */
  #owned: OwnedQueue[] = []
  /** A shortcut on hosts with an object per request. It may miss, and its result must still pass the guard. */
  readonly #byKey: WeakMap<object, OwnedQueue> | undefined
  /** The guard of the request that created this; the first queue reuses it, because a guard costs some microseconds. */
  readonly #guard: RequestGuard

  /** @param isShared whether several requests may use it */
  constructor(deps: QueueDeps, options: QueueOptions, isShared: boolean, guard: RequestGuard) {
    this.#deps = deps
    this.#options = options
    this.#isShared = isShared && isRequestBound
    this.#byKey = this.#isShared ? new WeakMap() : undefined
    this.#guard = guard
  }

  /**
   * The queue of the running request.
   * @param proven a guard that has just proved to be this request's, and is not checked again
   */
  find(proven?: RequestGuard): DeliveryQueue {
    const [first] = this.#owned
    if (first && (first.guard === proven || this.#isOwn(first))) return first.queue
    const key = this.#isShared ? requestKey?.() : undefined
    return (this.#findOther(key) ?? this.#open(key)).queue
  }

  /** Events of the running request that are accepted but not settled. */
  get pendingCount(): number {
    return this.#ownQueues.reduce((sum, { pendingCount }) => sum + pendingCount, 0)
  }

  /** Flushes what the running request has pending. */
  async flush(timeoutMs = this.#options.timeoutMs, isClosing = false): Promise<FlushResult> {
    const own = this.#ownQueues
    const foreign = this.#isShared && !RequestGuard.isProven ? this.#owned.map(({ queue }) => queue) : []
    const others = foreign.filter((queue) => queue.pendingCount > 0 && !own.includes(queue))
    const flushes = (own.length > 0 ? own : [this.find()]).map((queue) => queue.flush(timeoutMs, isClosing))
    if (others.length > 0) flushes.push(this.#watch(others, monotonicMs() + timeoutMs))
    return sumResults(await Promise.all(flushes), this.#options.settings)
  }

  get #ownQueues(): DeliveryQueue[] {
    return this.#owned.filter((each) => this.#isOwn(each)).map(({ queue }) => queue)
  }

  #isOwn({ guard, isInTick }: OwnedQueue): boolean {
    return guard.maySame() && (isInTick || !this.#isShared || RequestGuard.isProven)
  }

  #findOther(key: object | undefined): OwnedQueue | undefined {
    const hinted = key && this.#byKey?.get(key)
    if (hinted && this.#isOwn(hinted)) return this.#use(hinted)
    // With a key, most idle queues belong to requests that have ended; but a span inside a request has its own key.
    const candidates = key
      ? this.#owned.filter(({ queue }, index) => index < MAX_IDLE_WITH_KEY || queue.pendingCount > 0)
      : this.#owned
    const found = candidates.slice(0, MAX_SEARCHED).find((each) => this.#isOwn(each))
    return found && this.#use(found)
  }

  #use(owned: OwnedQueue): OwnedQueue {
    // It may have been dropped, and be found again by its key.
    this.#owned = [owned, ...this.#owned.filter((each) => each !== owned)]
    return owned
  }

  #open(key: object | undefined): OwnedQueue {
    const queue = new DeliveryQueue(this.#deps, this.#options)
    const guard = this.#guard.isOfRequest && this.#guard.maySame() ? this.#guard : new RequestGuard()
    const owned = { queue, guard, isInTick: false }
    if (this.#isShared && !RequestGuard.isProven) void endTick(owned)
    if (this.#owned.length >= MAX_IDLE) this.#forget()
    this.#owned = [owned, ...this.#owned]
    if (key) this.#byKey?.set(key, owned)
    return owned
  }

  /** Drops the least recently used queues that are idle, or that exceed the limit. */
  #forget(): void {
    const idle = this.#owned.filter(({ queue }) => queue.pendingCount === 0)
    const leaving = idle.length > MAX_IDLE / 2 ? new Set(idle.slice(MAX_IDLE / 2)) : new Set<OwnedQueue>()
    this.#owned = this.#owned.filter((each) => !leaving.has(each)).slice(0, MAX_REMEMBERED - 1)
  }

  /** Waits for queues that may belong to another request, by reading their values without touching their promises. */
  async #watch(queues: readonly DeliveryQueue[], deadlineMs: number): Promise<Required<FlushResult>> {
    const count = () => sum(queues.map(({ total }) => total))
    const before = count()
    while (queues.some(({ pendingCount }) => pendingCount > 0) && monotonicMs() < deadlineMs) {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, LOOK_AGAIN_MS)
      })
    }
    return subtract(count(), before)
  }
}

let requestKey: (() => object | undefined) | undefined

/** For hosts that have an object for each request. */
export function provideRequestKey(find: () => object | undefined): void {
  requestKey = find
}

/** Adds up flush results; without a setting that hands events over, `handedOver` is left out. */
export function sumResults(
  results: readonly FlushResult[],
  { handOver, onUndelivered }: ResolvedSettings,
): FlushResult {
  const all: FlushResult = sum(results)
  if (!handOver && !onUndelivered) delete all.handedOver
  return all
}

function sum(results: readonly Readonly<FlushResult>[]): Tally {
  return results.reduce<Tally>((all, result) => addTo(all, result), createTally())
}

async function endTick(owned: OwnedQueue): Promise<void> {
  owned.isInTick = true
  for (let turn = 0; turn < TICK_TURNS; turn++) await undefined
  owned.isInTick = false
}
