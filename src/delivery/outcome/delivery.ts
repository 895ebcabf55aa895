import { checkMilliseconds } from '../../settings/check.ts'
import type { Outcome, PendingOutcome } from '../../types.ts'
import type { QueuedEvent } from '../queued-event.ts'

/**
 * What every call returns. If you ignore it, the event is sent with the next batch. If you await it, pending events are sent now, all
 * events of the same tick in one request. It never rejects: a failed delivery must not break the caller. It resolves with the event's
 * Outcome, which is plain data; use `orThrow()` for an exception.
 *
 * @example
 * const { status, error } = await analytics.track({ userId: '019mr8mf4r', event: 'Order Placed' })
 * if (status === 'failed') console.warn(error?.code, error?.message)
 */
export class Delivery implements Promise<Outcome> {
  readonly #event: QueuedEvent
  readonly #queue: { flushSoon(): void } | undefined
  #reported: Promise<Outcome> | undefined

  /** Without a queue, the outcome is already known. */
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

  /**
   * Waits like `await`, and throws if the event was not delivered.
   *
   * @throws {@link DeliveryError}, as a rejection: why the event was not delivered. An event that the queue of `handOver` has accepted
   * counts as delivered; one that `onUndelivered` has accepted does not
   * @example
   * await analytics.track({ userId: '019mr8mf4r', event: 'Order Placed' }).orThrow()
   */
  async orThrow(): Promise<Outcome> {
    const outcome = await this.#report()
    if (this.#event.failure) throw this.#event.failure
    return outcome
  }

  /**
   * Waits like `await`, but no longer than a time limit. An event that is still in flight then has the status 'pending', and stays in
   * flight.
   *
   * @param ms milliseconds, 0 to 2147483647
   * @throws {@link ValidationError} for any other number
   * @example
   * const { status } = await analytics.track({ userId: '019mr8mf4r', event: 'Order Placed' }).within(200)
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
