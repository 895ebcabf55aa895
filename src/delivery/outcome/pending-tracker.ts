import type { FlushResult } from '../../types.ts'

/** How an event can end. */
export type OutcomeName = keyof Required<FlushResult>

/** Someone who waits until certain events are settled and their callbacks have ended. */
export interface Watcher extends Record<OutcomeName, number> {
  /** Events accepted after this one are not waited for. */
  readonly lastSequence: number
  /** When events that are waited for have to be sent, in epoch milliseconds. */
  readonly deadlineMs: number
  readonly onDone: (watcher: Watcher) => void
  openCount: number
}

/**
 * Keeps account of a queue's events: at every instant, accepted = delivered + failed + handed over + pending. It knows who
 * waits for what, so that a flush covers exactly the events that were pending when it was called.
 */
export class PendingTracker<Event extends { readonly sequence: number }> {
  readonly #tell: (event: Event) => PromiseLike<unknown> | undefined
  #acceptedCount = 0
  /** Events that are accepted and not settled. */
  pendingCount = 0
  /** Replaced, never changed. */
  #watchers: readonly Watcher[] = []
  readonly #openCallbacks = new Set<PromiseLike<unknown>>()
  #tellDepth = 0
  #onIdle: (() => void) | undefined

  /** @param tell tells the outcome of an event; answers with what its callback returned, if that was a promise */
  constructor(tell: (event: Event) => PromiseLike<unknown> | undefined) {
    this.#tell = tell
  }

  /** Takes in an event and gives it its sequence number. */
  accept(): number {
    this.pendingCount++
    return ++this.#acceptedCount
  }

  /**
   * Notes the one outcome of an event and has it told. A promise that comes back, from the event's callback, is waited for by
   * those who waited for the event; a flush called from inside the callback does not wait for the callback itself.
   */
  settle(event: Event, outcome: OutcomeName): void {
    const { sequence } = event
    this.pendingCount--
    // Those of now: a flush that begins meanwhile does not count the event.
    const watchers = this.#watchers
    this.#tellDepth++
    const callback = this.#tell(event)
    this.#tellDepth--
    for (const watcher of watchers) {
      if (sequence > watcher.lastSequence) continue
      watcher[outcome]++
      if (!callback) this.#release(watcher)
    }
    if (callback) this.#keepOpen(callback, sequence, watchers)
    else this.#checkIdle()
  }

  /** Calls `onDone` once all that is pending now is settled and told. */
  watchPending(onDone: Watcher['onDone'], deadlineMs: number, isClosing: boolean): Watcher {
    const counts = { openCount: this.pendingCount, delivered: 0, failed: 0, handedOver: 0 }
    const watcher: Watcher = { lastSequence: this.#acceptedCount, deadlineMs, onDone, ...counts }
    this.#watchers = [...this.#watchers, watcher]
    // From inside a callback it would be two callbacks waiting for each other.
    if (isClosing && this.#tellDepth === 0) {
      for (const callback of this.#openCallbacks) {
        watcher.openCount++
        const close = () => this.#release(watcher)
        callback.then(close, close)
      }
    }
    if (watcher.openCount === 0) this.end(watcher)
    return watcher
  }

  /** When the first of the watchers ends that wait for an event, in epoch milliseconds. */
  deadlineMsOf(sequence: number): number {
    let firstMs = Number.POSITIVE_INFINITY
    for (const { lastSequence, deadlineMs } of this.#watchers) {
      if (sequence <= lastSequence) firstMs = Math.min(firstMs, deadlineMs)
    }
    return firstMs
  }

  /** Calls `onIdle`, once, when nothing is pending and no callback is running. */
  watchIdle(onIdle: () => void): void {
    this.#onIdle = onIdle
  }

  /** Stops waiting for callbacks that still run: a promise that never ends must not keep the host waiting. */
  abandonCallbacks(): void {
    this.#openCallbacks.clear()
    this.#checkIdle()
  }

  /** Ends a watcher's wait, done or not. */
  end(watcher: Watcher): void {
    if (!this.#watchers.includes(watcher)) return
    this.#watchers = this.#watchers.filter((other) => other !== watcher)
    watcher.onDone(watcher)
  }

  #checkIdle(): void {
    if (this.pendingCount > 0 || this.#openCallbacks.size > 0 || this.#tellDepth > 0) return
    const onIdle = this.#onIdle
    this.#onIdle = undefined
    onIdle?.()
  }

  #release(watcher: Watcher): void {
    if (--watcher.openCount === 0) this.end(watcher)
  }

  #keepOpen(callback: PromiseLike<unknown>, sequence: number, watchers: readonly Watcher[]): void {
    const close = () => {
      this.#openCallbacks.delete(callback)
      for (const watcher of watchers) if (sequence <= watcher.lastSequence) this.#release(watcher)
      this.#checkIdle()
    }
    this.#openCallbacks.add(callback)
    callback.then(close, close)
  }
}
