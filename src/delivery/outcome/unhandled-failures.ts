import type { QueuedEvent } from '../queued-event.ts'

/** Failures checked per turn: an overflowing queue produces more than should stay in memory. */
const MAX_COUNT = 100

/** Finds failures that nothing handles, for a single warning: no `error` listener, no callback, and no `await`. */
export class UnhandledFailures {
  readonly #warn: (detail: string) => void
  #failures: QueuedEvent[] = []
  #isWarned = false

  constructor(warn: (detail: string) => void) {
    this.#warn = warn
  }

  note(event: QueuedEvent): void {
    if (this.#isWarned || this.#failures.length === MAX_COUNT) return
    this.#failures.push(event)
    if (this.#failures.length === 1) void this.#checkSoon()
  }

  async #checkSoon(): Promise<void> {
    // An event that fails at once is settled before the `await` of its own call subscribes, which takes two turns.
    await undefined
    await undefined
    const failure = this.#failures.find(({ onReported }) => !onReported)?.failure
    this.#failures = []
    if (!failure) return
    this.#isWarned = true
    const { code, message, answer } = failure
    this.#warn(` ${code}, ${message}${answer === undefined ? '' : `; the response: ${answer}`}`)
  }
}
