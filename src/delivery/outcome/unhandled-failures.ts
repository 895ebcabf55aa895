import type { DeliveryError } from '../../errors.ts'
import type { QueuedEvent } from '../queued-event.ts'

/** So many failures of one turn are looked at; a queue that overflows makes more than one wants to keep in memory. */
const MAX_ENTRIES = 100

/** Finds the failures that nobody hears of, for one warning: no `error` listener, no callback, and nobody awaits the call. */
export class UnhandledFailures {
  readonly #warn: (reason: DeliveryError) => void
  #entries: { entry: QueuedEvent; reason: DeliveryError }[] = []
  #isWarned = false

  constructor(warn: (reason: DeliveryError) => void) {
    this.#warn = warn
  }

  note(entry: QueuedEvent, reason: DeliveryError): void {
    if (this.#isWarned || this.#entries.length === MAX_ENTRIES) return
    this.#entries.push({ entry, reason })
    // An event that fails at once is settled before the `await` of its very call has come to ask: that takes two turns.
    if (this.#entries.length === 1) queueMicrotask(() => queueMicrotask(() => this.#check()))
  }

  #check(): void {
    const unhandled = this.#entries.find(({ entry }) => !entry.onSettled)
    this.#entries = []
    if (!unhandled) return
    this.#isWarned = true
    this.#warn(unhandled.reason)
  }
}
