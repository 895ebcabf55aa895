import type { DeliveryError } from '../../errors.ts'
import type { QueuedEvent } from '../queued-event.ts'

/** So many failures of one turn are looked at; a queue that overflows makes more than one wants to keep in memory. */
const MAX_COUNT = 100

/** Finds the failures that nobody handles, for one warning: no `error` listener, no callback, and nobody awaits the call. */
export class UnhandledFailures {
  readonly #warn: (detail: string) => void
  #failures: { event: QueuedEvent; reason: DeliveryError }[] = []
  #isWarned = false

  constructor(warn: (detail: string) => void) {
    this.#warn = warn
  }

  note(event: QueuedEvent, reason: DeliveryError): void {
    if (this.#isWarned || this.#failures.length === MAX_COUNT) return
    this.#failures.push({ event, reason })
    if (this.#failures.length === 1) void this.#checkSoon()
  }

  async #checkSoon(): Promise<void> {
    // An event that fails at once is settled before the `await` of its very call has come to ask: that takes two turns.
    await undefined
    await undefined
    const unhandled = this.#failures.find(({ event }) => !event.onReported)
    this.#failures = []
    if (!unhandled) return
    this.#isWarned = true
    const { code, message, answer } = unhandled.reason
    this.#warn(` ${code}, ${message}${answer === undefined ? '' : `; the response: ${answer}`}`)
  }
}
