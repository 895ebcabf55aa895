import { addTo, createTally, subtract, type Tally } from './tally.ts'

/** The events accepted between two flushes: a flush covers all of them or none. */
export interface Generation {
  readonly index: number
  /** The earliest deadline of the flushes that cover it, on the monotonic clock. */
  deadlineMs: number
  /** Its events without a reported outcome. */
  openCount: number
  readonly tally: Tally
  /** The flush whose start closed this generation. */
  flush: Flush | undefined
  previous: Generation | undefined
  next: Generation | undefined
}

/** A flush that waits for the events of its generation and earlier ones, and for their callbacks. */
export interface Flush {
  readonly lastIndex: number
  /** Outcomes reported before it began. */
  readonly before: Tally
  readonly onDone: (result: Tally) => void
  /** Set once all its events are reported. */
  result: Tally | undefined
  runningCallbackCount: number
}

/**
 * Accounts for a queue's events: accepted = delivered + failed + handed over + pending at every moment. Knows which
 * flush covers what. Each step takes constant time, however many events and flushes there are.
 */
export class PendingTracker<Event extends { readonly generation: Generation }> {
  readonly #notify: (event: Event) => Promise<unknown> | undefined
  /** Events accepted but not reported. */
  pendingCount = 0
  readonly #flushes = new Set<Flush>()
  /** Running callbacks that something waits for, each with the generation of its event. */
  readonly #callbacks = new Set<{ readonly index: number }>()
  /** Outcomes of the generations before the oldest. */
  #retired = createTally()
  /** All outcomes reported so far. */
  readonly total = createTally()
  #oldest = createGeneration(undefined)
  #newest = this.#oldest
  #notifyDepth = 0
  #onIdle: (() => void) | undefined

  /** @param notify reports the outcome of an event; returns the callback's promise, if it returned one */
  constructor(notify: (event: Event) => Promise<unknown> | undefined) {
    this.#notify = notify
  }

  /** The generation that accepts events. */
  get newest(): Generation {
    return this.#newest
  }

  /** Counts an event into the newest generation. */
  accept(): Generation {
    this.pendingCount++
    this.#newest.openCount++
    return this.#newest
  }

  /**
   * Counts the only outcome of an event and reports it. The flushes that cover the event wait for its callback's
   * promise; a flush started inside that callback does not.
   */
  report(event: Event, outcome: keyof Tally): void {
    const { generation } = event
    this.pendingCount--
    this.total[outcome]++
    generation.tally[outcome]++
    // Taken before notifying, to leave out flushes that a callback starts.
    const flushes = this.#flushes.size === 0 ? [] : [...this.#flushes]
    this.#notifyDepth++
    const callback = this.#notify(event)
    this.#notifyDepth--
    if (callback) this.#waitFor(callback, generation, flushes)
    generation.openCount--
    this.#retireGenerations()
    this.#checkIdle()
  }

  /**
   * Starts a flush of everything pending. `onDone` is called, possibly at once, when all of it is reported and its
   * callbacks have finished.
   */
  beginFlush(deadlineMs: number, onDone: Flush['onDone']): Flush {
    const generation = this.#newest
    for (let covered: Generation | undefined = generation; covered; covered = covered.previous) {
      // Whatever covers a generation also covers all older ones.
      if (covered.deadlineMs <= deadlineMs) break
      covered.deadlineMs = deadlineMs
    }
    const before = { ...this.total }
    const flush = { lastIndex: generation.index, before, onDone, result: undefined, runningCallbackCount: 0 }
    generation.flush = flush
    this.#flushes.add(flush)
    this.#newest = createGeneration(generation)
    generation.next = this.#newest
    this.#retireGenerations()
    return flush
  }

  isWaiting(flush: Flush): boolean {
    return this.#flushes.has(flush)
  }

  /** Completes a flush at its deadline: nothing waits any longer for the callbacks that it covers. */
  abandon(flush: Flush): void {
    for (const callback of this.#callbacks) if (callback.index <= flush.lastIndex) this.#callbacks.delete(callback)
    this.#complete(flush)
    this.#checkIdle()
  }

  /** Calls `onIdle`, once, when nothing is pending and no callback is running. */
  watchIdle(onIdle: () => void): void {
    this.#onIdle = onIdle
  }

  /** Retires the oldest generations that have no open events, except the newest, which still accepts some. */
  #retireGenerations(): void {
    for (let oldest = this.#oldest; oldest.openCount === 0 && oldest.next; oldest = this.#oldest) {
      addTo(this.#retired, oldest.tally)
      this.#oldest = oldest.next
      this.#oldest.previous = undefined
      // Keeping one event must not keep all later generations in memory.
      oldest.next = undefined
      const { flush } = oldest
      if (!flush) continue
      flush.result = subtract(this.#retired, flush.before)
      if (flush.runningCallbackCount === 0) this.#complete(flush)
    }
  }

  #complete(flush: Flush): void {
    if (!this.#flushes.delete(flush)) return
    flush.onDone(flush.result ?? subtract(this.#sumUpTo(flush.lastIndex), flush.before))
  }

  #sumUpTo(lastIndex: number): Tally {
    const sum = { ...this.#retired }
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
      for (const flush of covering) if (--flush.runningCallbackCount === 0 && flush.result) this.#complete(flush)
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
