import { monotonicMs } from '../lib/monotonic-ms.ts'
import { findRealTimers, type Timers } from '../lib/real-timers.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { Batcher } from './batcher.ts'
import type { PendingTracker } from './outcome/pending-tracker.ts'

/**
 * If the host waits, the first event leaves at once and later ones gather, the second time this long and then each time twice as
 * long: a streaming body must not cost a request for every chunk, and Workers allow fifty on their free plan.
 */
const FIRST_WINDOW_MS = 25
/**
 * Workers end what `waitUntil` was given 30 seconds after the response. A window that opens before then closes in time to send; one
 * that opens later shows that the host waits longer, for a response that streams.
 */
const LAST_CHANCE_MS = 27_000

export interface FlushTimerDeps {
  readonly client: { readonly settings: Pick<ResolvedSettings, 'flushIntervalMs'>; readonly isUnref: boolean }
  /** Whether the host waits for what is pending: then events need not wait for company at the end of a tick. */
  readonly isHostWaiting: boolean
  readonly batcher: Pick<Batcher, 'isCollecting'>
  readonly tracker: Pick<PendingTracker<never>, 'pendingCount'>
  readonly onTime: () => void
}

/** Decides when events leave that nobody has asked for. The one timer of a queue. */
export class FlushTimer {
  readonly #deps: FlushTimerDeps
  #running: { readonly timer: unknown; readonly clearTimeout: Timers['clearTimeout'] } | undefined
  #holdCount = 0
  /** Times that events have left by this timer while the host waited. */
  #windowCount = 0
  #lastWindowMs = 0
  #releasedMs = Number.NEGATIVE_INFINITY

  constructor(deps: FlushTimerDeps) {
    this.#deps = deps
  }

  get isHeld(): boolean {
    return this.#holdCount > 0
  }

  /** While held, events wait for each other as `flushInterval` allows, even if the host waits for them. */
  hold(): void {
    this.#holdCount++
  }

  /** Ends a hold. A host that waits lets the response go first: workerd would hold it up by as long as it takes to begin a request. */
  release(): void {
    this.#holdCount--
    this.#windowCount = 0
    this.#releasedMs = monotonicMs()
    if (!this.#deps.isHostWaiting || this.#deps.tracker.pendingCount === 0) return
    this.stop()
    this.#startEager(0)
    // What comes behind the response begins anew.
    this.#windowCount = -1
  }

  /** Starts it, if events wait that it is to send. */
  startIfNeeded(): void {
    const { batcher, tracker } = this.#deps
    if (this.#running) return
    if (this.#isEager() && tracker.pendingCount > 0) this.#startEager(this.#windowMs())
    else if (batcher.isCollecting) this.#start(this.#deps.client.settings.flushIntervalMs, globalThis as Timers)
  }

  stop(): void {
    // Cleared by whoever set it: a test may have replaced the global meanwhile.
    const { timer, clearTimeout } = this.#running ?? {}
    clearTimeout?.(timer)
    this.#running = undefined
  }

  /** Has it keep the process alive or not, as the client says now. */
  applyUnref(): void {
    // Node's timers are objects that can let the process end; on other runtimes a timer is a number, or has no such methods.
    const timer = this.#running?.timer as { ref?: () => void; unref?: () => void } | undefined
    if (this.#deps.client.isUnref) timer?.unref?.()
    else timer?.ref?.()
  }

  /** The host waits: by real time, whatever the clock of a test says. */
  #startEager(delayMs: number): void {
    this.#start(delayMs, findRealTimers())
  }

  #start(delayMs: number, { setTimeout, clearTimeout }: Timers): void {
    const act = () => {
      this.#running = undefined
      this.#windowCount++
      this.#lastWindowMs = monotonicMs()
      this.#deps.onTime()
    }
    this.#running = { timer: setTimeout(act, delayMs), clearTimeout }
    this.applyUnref()
  }

  /** Whether events leave at the end of the tick: the host waits, and nobody said that the handler is still running. */
  #isEager(): boolean {
    return this.#deps.isHostWaiting && !this.isHeld
  }

  /** How long a first event waits for company while the host waits. */
  #windowMs(): number {
    const { flushIntervalMs } = this.#deps.client.settings
    const nowMs = monotonicMs()
    if (nowMs - this.#lastWindowMs > flushIntervalMs) this.#windowCount = 0
    if (this.#windowCount <= 0) return 0
    const windowMs = Math.min(flushIntervalMs, FIRST_WINDOW_MS * 2 ** (this.#windowCount - 1))
    const leftMs = this.#releasedMs + LAST_CHANCE_MS - nowMs
    return leftMs > 0 ? Math.min(windowMs, leftMs) : windowMs
  }
}
