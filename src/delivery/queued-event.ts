import type { DeliveryError } from '../errors.ts'
import { Context } from '../events/context.ts'
import type { SegmentEventType } from '../types.ts'

/** The callback of a call: `err` is the reason of a failed delivery, undefined when the event was delivered. */
export type Callback = (err?: unknown, ctx?: Context) => unknown

/**
 * An accepted event, from the call that made it until it is settled. What waits in a queue is its JSON: a Context with the event as
 * an object takes several times the memory, and is made only for a plugin, callback, listener or Delivery that looks at it.
 */
export class QueuedEvent {
  readonly callback: Callback | undefined
  /** Its place among all accepted events of its queue; a flush covers those up to a number. */
  readonly sequence: number
  /** The event as JSON, made once. */
  json = ''
  /** UTF-8 bytes of the JSON. */
  byteCount = 0
  /** Why it is not delivered, as far as that is known. */
  failure: DeliveryError | undefined = undefined
  /** What other destinations still do with the event. */
  elsewhere: PromiseLike<unknown> | undefined = undefined
  isSettled = false
  /** Set by a Delivery that somebody awaits, through `whenSettled`. */
  onSettled: (() => void) | undefined = undefined
  readonly #type: SegmentEventType
  #attempts = 0
  #context: Context | undefined

  constructor(type: SegmentEventType, callback: Callback | undefined, sequence: number) {
    this.#type = type
    this.callback = callback
    this.sequence = sequence
  }

  /** That of the call, unless a plugin has changed it. */
  get type(): SegmentEventType {
    return this.#context?.event.type ?? this.#type
  }

  /** The last one that a plugin answered with, else one with the event as it was sent. */
  get context(): Context {
    if (!this.#context) {
      this.#context = new Context(JSON.parse(this.json))
      this.#context.attempts = this.#attempts
      if (this.failure) this.#context.setFailedDelivery({ reason: this.failure })
    }
    return this.#context
  }

  set context(context: Context) {
    this.#context = context
  }

  /** What a plugin has said of a failure; nobody else sees a context so early. */
  get mark(): { reason: unknown } | undefined {
    return this.#context?.failedDelivery()
  }

  /** Calls it when the event is settled; at once, where it is. A method for the same reason as `Waiter.onExpire`. */
  whenSettled(tell: () => void): void {
    this.onSettled = tell
    if (this.isSettled) tell()
  }

  /** Notes that a request carries it. */
  countAttempt(): void {
    this.#attempts++
    // A plugin may have kept the context, and looks at it whenever it likes.
    if (this.#context) this.#context.attempts++
  }

  /** Notes why it is not delivered. */
  fail(reason: DeliveryError): void {
    this.failure = reason
    this.#context?.setFailedDelivery({ reason })
  }
}
