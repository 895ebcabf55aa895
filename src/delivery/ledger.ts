import type { FlushResult } from '../types.ts'

/** Someone who waits until certain events are settled and their callbacks have ended. */
export interface Watcher extends FlushResult {
  /** Events accepted after this one are not waited for. */
  readonly lastSequence: number
  readonly onDone: (watcher: Watcher) => void
  openCount: number
}

/**
 * Keeps account of a queue's events: at every instant, accepted = delivered + failed + pending. It knows who waits for what,
 * so that a flush covers exactly the events that were pending when it was called.
 */
export class Ledger {
  #acceptedCount = 0
  #settledCount = 0
  readonly #watchers = new Set<Watcher>()
  readonly #openCallbacks = new Set<PromiseLike<unknown>>()

  get pendingCount(): number {
    return this.#acceptedCount - this.#settledCount
  }

  /** Takes in an event and gives it its sequence number. */
  accept(): number {
    const sequence = ++this.#acceptedCount
    for (const watcher of this.#watchers) if (sequence <= watcher.lastSequence) watcher.openCount++
    return sequence
  }

  /**
   * Notes the one outcome of an event and has it told. A promise that comes back, from the event's callback, is waited for by
   * those who waited for the event; a flush called from inside the callback does not wait for the callback itself.
   */
  settle(sequence: number, outcome: 'delivered' | 'failed', tell: () => PromiseLike<unknown> | undefined): void {
    this.#settledCount++
    const watchers = [...this.#watchers].filter((watcher) => sequence <= watcher.lastSequence)
    for (const watcher of watchers) watcher[outcome]++

    const callback = tell()
    const close = () => {
      for (const watcher of watchers) this.#release(watcher)
    }
    if (callback) this.#keepOpen(callback, close)
    else close()
  }

  /** Calls `onDone` once all that is pending now is settled and told. */
  watchPending(onDone: Watcher['onDone'], options: { isClosing: boolean }): Watcher {
    const watcher = this.#watch(this.#acceptedCount, onDone)
    if (options.isClosing) {
      for (const callback of this.#openCallbacks) {
        watcher.openCount++
        const close = () => this.#release(watcher)
        callback.then(close, close)
      }
    }
    if (watcher.openCount === 0) this.end(watcher)
    return watcher
  }

  /** Calls `onDone` once nothing is pending, whatever is still accepted until then. */
  watchIdle(onDone: Watcher['onDone']): void {
    this.#watch(Number.POSITIVE_INFINITY, onDone)
  }

  /** Ends a watcher's wait, done or not. */
  end(watcher: Watcher): void {
    if (this.#watchers.delete(watcher)) watcher.onDone(watcher)
  }

  #watch(lastSequence: number, onDone: Watcher['onDone']): Watcher {
    const watcher = { lastSequence, onDone, openCount: this.pendingCount, delivered: 0, failed: 0 }
    this.#watchers.add(watcher)
    return watcher
  }

  #release(watcher: Watcher): void {
    if (--watcher.openCount === 0) this.end(watcher)
  }

  #keepOpen(callback: PromiseLike<unknown>, onEnd: () => void): void {
    const close = () => {
      this.#openCallbacks.delete(callback)
      onEnd()
    }
    this.#openCallbacks.add(callback)
    callback.then(close, close)
  }
}
