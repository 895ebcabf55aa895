import type { DeliveryError } from '../errors.ts'
import { Context } from '../events/context.ts'
import { EVENT_TYPES } from '../lib/event-types.ts'
import { tryTo } from '../lib/try-to.ts'
import type { PluginFor } from '../plugins/plugin.ts'
import type { Outcome, SegmentEvent, SegmentEventType } from '../types.ts'
import type { Generation } from './outcome/pending-tracker.ts'

/** The callback of a call: `err` is the reason of a failed delivery, undefined if the event was delivered. */
export type Callback = (err?: unknown, ctx?: Context) => unknown

/** How a queue treats an event. */
export interface EventOptions {
  /** Whether it was built elsewhere, and is sent as it is. */
  readonly isBuilt: boolean
  readonly skipsPlugins: boolean
  /** What has not ended with the event when it was accepted, as the first of its plugins. */
  readonly check?: PluginFor<never> | undefined
}

/**
 * An accepted event, from the call that made it until its outcome is reported. What waits in a queue is its JSON: a Context with
 * the event as an object takes several times the memory, and is made only for a plugin, callback or listener that looks at it.
 */
export class QueuedEvent {
  readonly callback: Callback | undefined
  readonly options: EventOptions
  /** The events that the same flushes cover. */
  readonly generation: Generation
  /** That of the call, unless a plugin has changed it. */
  type: SegmentEventType
  /** The event as JSON, made once; again after plugins. */
  json = ''
  /** UTF-8 bytes of the JSON. */
  byteCount = 0
  /** Whether Segment is to get it. */
  isForSegment = true
  /** Why it is not delivered, as far as that is known. */
  failure: DeliveryError | undefined = undefined
  /** What other destinations still do with the event. */
  elsewhere: Promise<unknown> | undefined = undefined
  /** Whether it counts against the limits of the queue. */
  isHeld = false
  /** Whether it has its outcome, reported or not. */
  isSettled = false
  /** How it ends, unless that changes. */
  status: Outcome['status'] = 'delivered'
  isReported = false
  /** Set by a Delivery that somebody awaits, through `whenReported`. */
  onReported: (() => void) | undefined = undefined
  #attempts = 0
  #context: Context | undefined
  /** Of an event without JSON; of others, it is read from there. */
  #messageId: string | undefined

  constructor(type: SegmentEventType, callback: Callback | undefined, generation: Generation, options: EventOptions) {
    this.type = type
    this.callback = callback
    this.generation = generation
    this.options = options
  }

  /** The last one that a plugin returned, else one with the event as it was sent. */
  get context(): Context {
    if (!this.#context) {
      this.#context = new Context(JSON.parse(this.json))
      this.#context.attempts = this.#attempts
      if (this.failure) Context.fail(this.#context, this.failure)
    }
    return this.#context
  }

  set context(context: Context) {
    this.#context = context
  }

  /** What a plugin has said of a failure; nobody else sees a context so early. */
  get mark(): { reason: unknown } | undefined {
    return this.#context && Context.failureOf(this.#context)
  }

  /** Shows the event of the call that never becomes JSON. */
  showUnsent(event: SegmentEvent): void {
    this.#context = new Context(event)
    this.#messageId = String(event.messageId)
  }

  /** Takes over what plugins have left, to be written as JSON again. */
  update(context: Context): void {
    this.#context = context
    const { type } = context.event
    if (EVENT_TYPES.includes(type)) this.type = type
  }

  /** Calls it when the outcome is reported; at once, if it is. A method for the same reason as `Deadline.onExpire`. */
  whenReported(notify: () => void): void {
    this.onReported = notify
    if (this.isReported) notify()
  }

  /** Notes that a request carries it. */
  countAttempt(): void {
    this.#attempts++
    // A plugin may have kept the context, and looks at it whenever it likes.
    const context = this.#context
    if (context) tryTo(() => context.attempts++)
  }

  /** Notes why it is not delivered. */
  fail(reason: DeliveryError): void {
    this.failure = reason
    this.status = reason.code === 'ERR_HANDED_OVER' ? 'handed-over' : 'failed'
    if (this.#context) Context.fail(this.#context, reason)
  }

  /** The outcome as plain data. From the JSON, since a callback may have changed the context's event. */
  get outcome(): Outcome {
    const messageId: string = this.#messageId ?? JSON.parse(this.json).messageId
    const { failure, status } = this
    const outcome = { messageId, status, attempts: this.#attempts }
    if (!failure) return outcome
    const { code, message } = failure
    const error = failure.status === undefined ? { code, message } : { code, message, status: failure.status }
    return { ...outcome, error }
  }
}
