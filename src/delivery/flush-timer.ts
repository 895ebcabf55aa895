import { monotonicMs } from '../lib/monotonic-ms.ts'
import { findRealTimers, type Timers } from '../lib/real-timers.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { Batcher } from './batcher.ts'
import type { PendingTracker } from './outcome/pending-tracker.ts'

/**
 * While the host waits, the first event leaves at once. Later ones are collected for this long, then for twice as long
 * each time: a streaming body must not cost a request per chunk, and the free plan of Workers allows fifty.
 */
const FIRST_WINDOW_MS = 25
/**
 * Workers cancel `waitUntil` work 30 seconds after the response. A window opened before one of these times closes by then, in
 * time to send; one opened later shows that the host is waiting longer, for a streaming response.
 */
const LAST_CHANCES_MS = [27_000, 29_500]

export interface FlushTimerDeps {
  readonly client: { readonly settings: Pick<ResolvedSettings, 'flushIntervalMs'>; readonly isUnref: boolean }
  /**
   * Whether the host waits for pending events, so that they can leave at the end of the tick instead of waiting for
   * more.
   */
  readonly isHostWaiting: boolean
  readonly batcher: Pick<Batcher, 'isCollecting'>
  readonly tracker: Pick<PendingTracker<never>, 'pendingCount'>
  readonly onTime: () => void
}

/** Decides when events leave without a flush. A queue has no other timer. */
export class FlushTimer {
  readonly #deps: FlushTimerDeps
  #running: { readonly timer: unknown; readonly clearTimeout: Timers['clearTimeout'] } | undefined
  #holdCount = 0
  /** How often this timer has sent events while the host waited. */
  #windowCount = 0
  #lastWindowMs = 0
  #releasedMs = Number.NEGATIVE_INFINITY

  constructor(deps: FlushTimerDeps) {
    this.#deps = deps
  }

  get isHeld(): boolean {
    return this.#holdCount > 0
  }

  /** While held, events wait for more as `flushInterval` allows, even if the host is waiting. */
  hold(): void {
    this.#holdCount++
  }

  /** Releases a hold. If the host waits, the response is sent first: starting a request would delay it on workerd. */
  release(): void {
    this.#holdCount--
    this.#windowCount = 0
    this.#releasedMs = monotonicMs()
    if (!this.#deps.isHostWaiting || this.#deps.tracker.pendingCount === 0) return
    this.stop()
    this.#startEager(0)
    // Events after the response start the windows afresh.
    this.#windowCount = -1
  }

  /** Starts the timer if there are events for it to send. */
  startIfNeeded(): void {
    const { batcher, tracker } = this.#deps
    if (this.#running) return
    if (this.#isEager() && tracker.pendingCount > 0) this.#startEager(this.#windowMs())
    else if (batcher.isCollecting) this.#start(this.#deps.client.settings.flushIntervalMs, globalThis as Timers)
  }

  stop(): void {
    // With the function that came with the timer: a test may have replaced the global since.
    const { timer, clearTimeout } = this.#running ?? {}
    clearTimeout?.(timer)
    this.#running = undefined
  }

  /** Lets the timer keep the process alive or not, as the client is set now. */
  applyUnref(): void {
    // Node's timers have ref() and unref(); other runtimes return a number or an object without these methods.
    const timer = this.#running?.timer as { ref?: () => void; unref?: () => void } | undefined
    if (this.#deps.client.isUnref) timer?.unref?.()
    else timer?.ref?.()
  }

  /** Uses real time, even under a test's fake clock, because the host is waiting. */
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

  /** Whether events leave at the end of the tick: the host waits, and no handler is known to be running. */
  #isEager(): boolean {
    return this.#deps.isHostWaiting && !this.isHeld
  }

  /** How long a first event waits for more while the host waits. */
  #windowMs(): number {
    const { flushIntervalMs } = this.#deps.client.settings
    const nowMs = monotonicMs()
    if (nowMs - this.#lastWindowMs > flushIntervalMs) this.#windowCount = 0
    if (this.#windowCount <= 0) return 0
    const windowMs = Math.min(flushIntervalMs, FIRST_WINDOW_MS * 2 ** (this.#windowCount - 1))
    const leftMs = LAST_CHANCES_MS.map((lastMs) => this.#releasedMs + lastMs - nowMs).find((ms) => ms > 0)
    return Math.min(windowMs, leftMs ?? windowMs)
  }
}
