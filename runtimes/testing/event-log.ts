import type { AnalyticsEvents, DeliveryError, SegmentEvent } from '../../src/index.ts'
import type { FailedEvent, SentRequest } from './types.ts'

type Context = AnalyticsEvents['track'][0]

/** A time this close to the call is the call's own. */
const CLOSE_MS = 1_000
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const FIRST_MS = Date.UTC(2020, 0)

/** What is known of the events of a capture. */
export class EventLog {
  readonly events: SegmentEvent[] = []
  readonly delivered: SegmentEvent[] = []
  readonly failed: FailedEvent[] = []
  readonly requests: SentRequest[] = []
  readonly #acceptedAt = new WeakMap<SegmentEvent, number>()
  /** Events without an outcome, by their ids; a program may use an id twice. */
  readonly #open = new Map<string, SegmentEvent[]>()
  #invalidCount = 0

  accept(json: string | undefined): void {
    if (json === undefined) {
      this.#invalidCount++
      return
    }
    const event: SegmentEvent = JSON.parse(json)
    this.events.push(event)
    this.#acceptedAt.set(event, Date.now())
    this.#open.set(event.messageId, [...(this.#open.get(event.messageId) ?? []), event])
  }

  /** Records a request. Returns a function to call with the status of its response. */
  send(body: string): (status: number) => void {
    const batch: SegmentEvent[] = JSON.parse(body).batch
    const claimed = new Set<SegmentEvent>()
    const request = {
      events: batch.map((sent) => this.#update(sent, claimed)),
      status: undefined as number | undefined,
    }
    this.requests.push(request)
    return (status) => {
      request.status = status
    }
  }

  settle(ctx: Context, reason: DeliveryError | undefined): void {
    const event = this.#close(ctx.event)
    if (event && !reason) this.delivered.push(event)
    if (!reason) return
    // Others were tracked before the capture began.
    const isInvalid = !event && this.#invalidCount > 0
    if (isInvalid) this.#invalidCount--
    if (event || isInvalid) this.failed.push({ event: event ?? ctx.event, reason, attempts: ctx.attempts })
  }

  snapshot(): SegmentEvent[] {
    return this.events.map((event, index) => {
      const { _metadata, ...rest } = event
      const { messageId, timestamp, context } = rest
      const acceptedAt = this.#acceptedAt.get(event) ?? 0
      const isOwnTime = Math.abs(new Date(timestamp).getTime() - acceptedAt) < CLOSE_MS
      // The cast: a snapshot is for the eye.
      return {
        ...rest,
        messageId: UUID.test(messageId) ? `message-${index + 1}` : messageId,
        timestamp: isOwnTime ? new Date(FIRST_MS + index * 1_000).toISOString() : timestamp,
        context: { ...context, library: { name: context?.library?.name } },
      } as SegmentEvent
    })
  }

  clear(): void {
    for (const list of [this.events, this.delivered, this.failed, this.requests]) list.length = 0
    this.#open.clear()
    this.#invalidCount = 0
  }

  /** The same object as before, as plugins have left it. */
  #update(sent: SegmentEvent, claimed: Set<SegmentEvent>): SegmentEvent {
    const event = this.#open.get(sent.messageId)?.find((each) => !claimed.has(each))
    if (!event) return sent
    claimed.add(event)
    for (const name of Object.keys(event)) Reflect.deleteProperty(event, name)
    return Object.assign(event, sent)
  }

  #close({ messageId }: SegmentEvent): SegmentEvent | undefined {
    const [event, ...others] = this.#open.get(messageId) ?? []
    if (others.length > 0) this.#open.set(messageId, others)
    else this.#open.delete(messageId)
    return event
  }
}
