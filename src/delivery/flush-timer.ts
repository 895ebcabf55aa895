import type { ResolvedSettings } from '../settings/settings.ts'
import type { Batcher } from './batcher.ts'
import type { PendingTracker } from './outcome/pending-tracker.ts'

/** While a request is in flight, later events gather this long: a streaming body must not cost a request for every chunk. */
const BUSY_LINGER_MS = 250

export interface FlushTimerDeps {
  readonly client: { readonly settings: Pick<ResolvedSettings, 'flushIntervalMs'>; readonly isUnref: boolean }
  /** Whether the host waits for what is pending: then events need not wait for company at the end of a tick. */
  readonly isHostWaiting: boolean
  readonly batcher: Pick<Batcher, 'isCollecting' | 'isBusy'>
  readonly tracker: Pick<PendingTracker<never>, 'pendingCount'>
  readonly onTime: () => void
}

/** Decides when events leave that nobody has asked for. The one timer of a queue. */
export class FlushTimer {
  readonly #deps: FlushTimerDeps
  #timer: ReturnType<typeof setTimeout> | undefined
  #holdCount = 0

  constructor(deps: FlushTimerDeps) {
    this.#deps = deps
  }

  /** While held, events wait for each other as `flushInterval` allows, even if the host waits for them. */
  hold(): void {
    this.#holdCount++
  }

  /** Ends a hold. A host that waits lets the response go first: workerd would hold it up by as long as it takes to begin a request. */
  release(): void {
    this.#holdCount--
    if (!this.#deps.isHostWaiting || this.#deps.tracker.pendingCount === 0) return
    this.stop()
    this.#start(0)
  }

  /** Starts it, if events wait that it is to send. */
  startIfNeeded(): void {
    const { batcher, tracker } = this.#deps
    if (this.#timer !== undefined) return
    if (batcher.isCollecting || (this.#isEager() && tracker.pendingCount > 0)) this.#start(this.#lingerMs())
  }

  stop(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Has it keep the process alive or not, as the client says now. */
  applyUnref(): void {
    // Node's timers are objects that can let the process end; on other runtimes a timer is a number, or has no such methods.
    const timer = this.#timer as { ref?: () => void; unref?: () => void } | undefined
    if (this.#deps.client.isUnref) timer?.unref?.()
    else timer?.ref?.()
  }

  #start(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#deps.onTime()
    }, delayMs)
    this.applyUnref()
  }

  /** Whether events leave at the end of the tick: the host waits, and nobody said that the handler is still running. */
  #isEager(): boolean {
    return this.#deps.isHostWaiting && this.#holdCount === 0
  }

  /** How long a first event waits for company. */
  #lingerMs(): number {
    const { flushIntervalMs } = this.#deps.client.settings
    if (!this.#isEager()) return flushIntervalMs
    return this.#deps.batcher.isBusy ? Math.min(flushIntervalMs, BUSY_LINGER_MS) : 0
  }
}
