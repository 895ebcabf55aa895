import type { DeliveryError } from '../errors.ts'
import { Context } from '../events/context.ts'
import { EVENT_TYPES } from '../lib/event-types.ts'
import { tryTo } from '../lib/try-to.ts'
import type { Outcome, PlanHook, SegmentEvent, SegmentEventType } from '../types.ts'
import type { Generation } from './outcome/pending-tracker.ts'

/** The callback of a call: `err` is the reason of a failed delivery, undefined if the event was delivered. */
export type Callback = (err?: unknown, ctx?: Context) => unknown

export interface EventOptions {
  /** Whether the event was built elsewhere and is sent unchanged. */
  readonly isBuilt: boolean
  readonly skipsPlugins: boolean
  /** Runs before the other plugins: a check that had not finished when the event was accepted. */
  readonly check?: PlanHook | undefined
}

/**
 * An accepted event, from its call until its outcome is reported. The queue keeps its JSON: a Context with the event as
 * an object takes several times the memory, so it is created only for a plugin, callback or listener that reads it.
 */
export class QueuedEvent {
  readonly callback: Callback | undefined
  readonly options: EventOptions
  /** The events covered by the same flushes. */
  readonly generation: Generation
  /** The type of the call, unless a plugin changed it. */
  type: SegmentEventType
  /** Written once, and again after plugins. */
  json = ''
  /** UTF-8 bytes of the JSON. */
  byteCount = 0
  /** Whether Segment receives it. */
  isForSegment = true
  /** Why it was not delivered, as far as known. */
  failure: DeliveryError | undefined = undefined
  /** Pending work of other destinations. */
  elsewhere: Promise<unknown> | undefined = undefined
  /** Whether it counts against the queue's limits. */
  isCounted = false
  /** Whether its outcome is known, reported or not. */
  isSettled = false
  /** The outcome, unless something changes it. */
  status: Outcome['status'] = 'delivered'
  isReported = false
  /** Set through `whenReported` by a Delivery that is awaited. */
  onReported: (() => void) | undefined = undefined
  #attempts = 0
  #context: Context | undefined
  /** Only for an event without JSON; otherwise, the id is read from the JSON. */
  #messageId: string | undefined

  constructor(type: SegmentEventType, callback: Callback | undefined, generation: Generation, options: EventOptions) {
    this.type = type
    this.callback = callback
    this.generation = generation
    this.options = options
  }

  /** The last context that a plugin returned, or one with the event as it was sent. */
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

  /** How a plugin marked the event as failed; only plugins see a context this early. */
  get mark(): { reason: unknown } | undefined {
    return this.#context && Context.failureOf(this.#context)
  }

  /** Exposes an event that never becomes JSON. */
  showUnsent(event: SegmentEvent): void {
    this.#context = new Context(event)
    this.#messageId = String(event.messageId)
  }

  /** Takes over the plugins' context; the event is then serialised again. */
  update(context: Context): void {
    this.#context = context
    const { type } = context.event
    if (EVENT_TYPES.includes(type)) this.type = type
  }

  /**
   * Calls `notify` when the outcome is reported, or at once if it already is. A method for the same reason as
   * `Deadline.onExpire`.
   */
  whenReported(notify: () => void): void {
    this.onReported = notify
    if (this.isReported) notify()
  }

  /** Counts a request in which the event is sent. */
  countAttempt(): void {
    this.#attempts++
    // A plugin may have kept the context and may read it at any time.
    const context = this.#context
    if (context) tryTo(() => context.attempts++)
  }

  fail(reason: DeliveryError): void {
    this.failure = reason
    this.status = reason.code === 'ERR_HANDED_OVER' ? 'handed-over' : 'failed'
    if (this.#context) Context.fail(this.#context, reason)
  }

  /** The outcome as plain data. The id comes from the JSON, because a callback may have changed the context's event. */
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
