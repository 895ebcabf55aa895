import { addTo, createTally, subtract, type Tally } from './tally.ts'

/** The events that were accepted between one flush and the next: every flush covers all of them, or none. */
export interface Generation {
  readonly index: number
  /** When the first of the flushes ends that cover it, by the monotonic clock. */
  deadlineMs: number
  /** Its events whose outcome is not reported yet. */
  openCount: number
  readonly tally: Tally
  /** The flush that began when it ended. */
  flush: Flush | undefined
  previous: Generation | undefined
  next: Generation | undefined
}

/** A flush that waits: for the events of its generation and of all before, and for their callbacks. */
export interface Flush {
  readonly lastIndex: number
  /** Outcomes that had been reported before it began. */
  readonly before: Tally
  readonly onDone: (result: Tally) => void
  /** Set when its events are reported. */
  result: Tally | undefined
  runningCallbackCount: number
}

/**
 * Keeps account of a queue's events: at every instant, accepted = delivered + failed + handed over + pending. It knows which flush
 * covers what. Each step takes constant time, however many events and flushes there are.
 */
export class PendingTracker<Event extends { readonly generation: Generation }> {
  readonly #notify: (event: Event) => Promise<unknown> | undefined
  /** Events that are accepted and not reported. */
  pendingCount = 0
  readonly #flushes = new Set<Flush>()
  /** Running callbacks that somebody waits for, each by the generation of its event. */
  readonly #callbacks = new Set<{ readonly index: number }>()
  /** Outcomes of all generations up to the oldest. */
  #ended = createTally()
  /** Outcomes that have been reported. */
  readonly total = createTally()
  #oldest = createGeneration(undefined)
  #newest = this.#oldest
  #notifyDepth = 0
  #onIdle: (() => void) | undefined

  /** @param notify reports the outcome of an event; returns what its callback returned, if that was a promise */
  constructor(notify: (event: Event) => Promise<unknown> | undefined) {
    this.#notify = notify
  }

  /** The generation that events are accepted into. */
  get newest(): Generation {
    return this.#newest
  }

  /** Takes in an event, as one of the newest generation. */
  accept(): Generation {
    this.pendingCount++
    this.#newest.openCount++
    return this.#newest
  }

  /**
   * Counts the one outcome of an event and has it reported. A promise that comes back, the callback's, is waited for by the flushes
   * that cover the event; one that is begun from inside the callback does not wait for it.
   */
  report(event: Event, outcome: keyof Tally): void {
    const { generation } = event
    this.pendingCount--
    this.total[outcome]++
    generation.tally[outcome]++
    // Those of now.
    const flushes = this.#flushes.size === 0 ? [] : [...this.#flushes]
    this.#notifyDepth++
    const callback = this.#notify(event)
    this.#notifyDepth--
    if (callback) this.#waitFor(callback, generation, flushes)
    generation.openCount--
    this.#endGenerations()
    this.#checkIdle()
  }

  /** Begins a flush of all that is pending; `onDone` is called, perhaps at once, when that is reported and its callbacks have ended. */
  beginFlush(deadlineMs: number, onDone: Flush['onDone']): Flush {
    const generation = this.#newest
    for (let covered: Generation | undefined = generation; covered; covered = covered.previous) {
      // Older ones are covered by whatever covers a younger one.
      if (covered.deadlineMs <= deadlineMs) break
      covered.deadlineMs = deadlineMs
    }
    const before = { ...this.total }
    const flush = { lastIndex: generation.index, before, onDone, result: undefined, runningCallbackCount: 0 }
    generation.flush = flush
    this.#flushes.add(flush)
    this.#newest = createGeneration(generation)
    generation.next = this.#newest
    this.#endGenerations()
    return flush
  }

  isWaiting(flush: Flush): boolean {
    return this.#flushes.has(flush)
  }

  /** Ends a flush at its deadline: callbacks that it covers are not waited for any more, by nobody. */
  abandon(flush: Flush): void {
    for (const callback of this.#callbacks) if (callback.index <= flush.lastIndex) this.#callbacks.delete(callback)
    this.#end(flush)
    this.#checkIdle()
  }

  /** Calls `onIdle`, once, when nothing is pending and no callback is running. */
  watchIdle(onIdle: () => void): void {
    this.#onIdle = onIdle
  }

  /** Ends the generations, from the oldest, that have no open events; the newest still takes some in. */
  #endGenerations(): void {
    for (let oldest = this.#oldest; oldest.openCount === 0 && oldest.next; oldest = this.#oldest) {
      addTo(this.#ended, oldest.tally)
      this.#oldest = oldest.next
      this.#oldest.previous = undefined
      // An event that somebody keeps must not keep all generations after its own.
      oldest.next = undefined
      const { flush } = oldest
      if (!flush) continue
      flush.result = subtract(this.#ended, flush.before)
      if (flush.runningCallbackCount === 0) this.#end(flush)
    }
  }

  #end(flush: Flush): void {
    if (!this.#flushes.delete(flush)) return
    flush.onDone(flush.result ?? subtract(this.#sumUpTo(flush.lastIndex), flush.before))
  }

  #sumUpTo(lastIndex: number): Tally {
    const sum = { ...this.#ended }
    for (let each: Generation | undefined = this.#oldest; each && each.index <= lastIndex; each = each.next)
      addTo(sum, each.tally)
    return sum
  }

  #waitFor(callback: Promise<unknown>, { index }: Generation, flushes: readonly Flush[]): void {
    const covering = flushes.filter(({ lastIndex }) => index <= lastIndex)
    for (const flush of covering) flush.runningCallbackCount++
    const running = { index }
    this.#callbacks.add(running)
    void callback.then(() => {
      this.#callbacks.delete(running)
      for (const flush of covering) if (--flush.runningCallbackCount === 0 && flush.result) this.#end(flush)
      this.#checkIdle()
    })
  }

  #checkIdle(): void {
    if (this.pendingCount > 0 || this.#callbacks.size > 0 || this.#notifyDepth > 0) return
    const onIdle = this.#onIdle
    this.#onIdle = undefined
    onIdle?.()
  }
}

function createGeneration(previous: Generation | undefined): Generation {
  const index = previous ? previous.index + 1 : 0
  const deadlineMs = Number.POSITIVE_INFINITY
  return { index, deadlineMs, openCount: 0, tally: createTally(), flush: undefined, previous, next: undefined }
}
