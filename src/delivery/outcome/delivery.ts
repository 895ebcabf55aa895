import { checkMilliseconds } from '../../settings/check.ts'
import type { Outcome, PendingOutcome } from '../../types.ts'
import type { QueuedEvent } from '../queued-event.ts'

/**
 * What every call returns. Ignore it, and the event travels with the next batch. Await it, and what is pending is sent now, all
 * of the same tick in one request. It never rejects: a failed delivery must not break the caller. It resolves with the event's
 * Outcome, which is plain data; `orThrow()` is for those who want an exception.
 */
export class Delivery implements Promise<Outcome> {
  readonly #event: QueuedEvent
  readonly #queue: { flushSoon(): void } | undefined
  #reported: Promise<Outcome> | undefined

  /** Without a queue, the outcome is known. */
  constructor(event: QueuedEvent, queue: { flushSoon(): void } | undefined) {
    this.#event = event
    this.#queue = queue
  }

  get [Symbol.toStringTag](): string {
    return 'Delivery'
  }

  // biome-ignore lint/suspicious/noThenProperty: a Delivery is a promise; being one lazily is its point
  then<T = Outcome, U = never>(
    onReported?: ((outcome: Outcome) => T | PromiseLike<T>) | null,
    onRejected?: ((reason: unknown) => U | PromiseLike<U>) | null,
  ): Promise<T | U> {
    return this.#report().then(onReported, onRejected)
  }

  catch<U = never>(onRejected?: ((reason: unknown) => U | PromiseLike<U>) | null): Promise<Outcome | U> {
    return this.then(undefined, onRejected)
  }

  finally(onFinally?: (() => void) | null): Promise<Outcome> {
    return this.#report().finally(onFinally)
  }

  /** A promise of the same outcome that rejects with the reason, a DeliveryError, if the event was not delivered. */
  async orThrow(): Promise<Outcome> {
    const outcome = await this.#report()
    if (this.#event.failure) throw this.#event.failure
    return outcome
  }

  /**
   * Waits like `await`, at most so many milliseconds: 0 to 2147483647. An event that is still on its way then has the status
   * 'pending'; it stays on its way. Throws a ValidationError for a wrong number.
   */
  within(ms: number): Promise<Outcome | PendingOutcome> {
    const limitMs = checkMilliseconds('within', ms, 0)
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const { messageId, attempts } = this.#event.outcome
        resolve({ messageId, status: 'pending', attempts })
      }, limitMs)
      void this.#report().then((outcome) => {
        clearTimeout(timer)
        resolve(outcome)
      })
    })
  }

  #report(): Promise<Outcome> {
    const event = this.#event
    if (!this.#reported) {
      this.#reported = new Promise((resolve) => {
        event.whenReported(() => resolve(event.outcome))
      })
      if (!event.isReported) this.#queue?.flushSoon()
    }
    return this.#reported
  }
}
