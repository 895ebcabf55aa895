import type { DeliveryError } from '../../errors.ts'
import type { QueuedEvent } from '../queued-event.ts'

/** Failures checked per turn: an overflowing queue produces more than should stay in memory. */
const MAX_COUNT = 100

/** Finds failures that nothing handles, for a single warning: no `error` listener, no callback, and no `await`. */
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
    // An event that fails at once is settled before the `await` of its own call subscribes, which takes two turns.
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
