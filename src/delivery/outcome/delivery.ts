import type { Context } from '../../events/context.ts'
import type { QueuedEvent } from '../queued-event.ts'

/**
 * What every call returns. Leave it, and the event travels with the next batch. Await it, and what is pending is sent now, all
 * of the same tick in one request. It never rejects: a failed delivery must not break the caller. It resolves with the event's
 * Context, whose `failedDelivery()` tells; `orThrow()` is for those who want an exception.
 */
export class Delivery implements Promise<Context> {
  readonly #entry: QueuedEvent
  readonly #queue: { flushSoon(): void } | undefined
  #settled: Promise<Context> | undefined

  /** Without a queue, the event is settled. */
  constructor(entry: QueuedEvent, queue: { flushSoon(): void } | undefined) {
    this.#entry = entry
    this.#queue = queue
  }

  get [Symbol.toStringTag](): string {
    return 'Delivery'
  }

  // biome-ignore lint/suspicious/noThenProperty: a Delivery is a promise; being one lazily is its point
  then<T = Context, U = never>(
    onSettled?: ((context: Context) => T | PromiseLike<T>) | null,
    onRejected?: ((reason: unknown) => U | PromiseLike<U>) | null,
  ): Promise<T | U> {
    return this.#settle().then(onSettled, onRejected)
  }

  catch<U = never>(onRejected?: ((reason: unknown) => U | PromiseLike<U>) | null): Promise<Context | U> {
    return this.then(undefined, onRejected)
  }

  finally(onFinally?: (() => void) | null): Promise<Context> {
    return this.#settle().finally(onFinally)
  }

  /** A promise of the same outcome that rejects with the reason, a DeliveryError, when the event was not delivered. */
  async orThrow(): Promise<Context> {
    const context = await this.#settle()
    const failure = context.failedDelivery()
    if (failure) throw failure.reason
    return context
  }

  #settle(): Promise<Context> {
    const entry = this.#entry
    if (!this.#settled) {
      this.#settled = new Promise((resolve) => {
        entry.whenSettled(() => resolve(entry.context))
      })
      if (!entry.isSettled) this.#queue?.flushSoon()
    }
    return this.#settled
  }
}
