import { type AnalyticsEvents, DeliveryError, type SegmentEvent } from '../../src/index.ts'
import type { CapturedEvent } from '../../src/kit/index.ts'
import type { FailedEvent, SentRequest } from './types.ts'

type Context = AnalyticsEvents['track'][0]

/** A time this close to the call is the call's own. */
const CLOSE_MS = 1_000
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const FIRST_MS = Date.UTC(2020, 0)

/** An event without an outcome. */
interface OpenEvent {
  readonly source: CapturedEvent
  /** Undefined if it cannot be sent. */
  event: SegmentEvent | undefined
  /** What `event` was read from. */
  json: string
  messageId: string | undefined
}

/** As for an event that `onUndelivered` accepts. */
const createHandedOver = () => new DeliveryError('ERR_HANDED_OVER', 'the event was handed over to the queue')

/** What a capture knows about its events. */
export class EventLog {
  readonly events: SegmentEvent[] = []
  readonly delivered: SegmentEvent[] = []
  readonly failed: FailedEvent[] = []
  readonly requests: SentRequest[] = []
  readonly #acceptedAt = new WeakMap<SegmentEvent, number>()
  /** Oldest first. Not by their ids: plugins may change one, and a program may use one twice. */
  readonly #open = new Set<OpenEvent>()

  accept(source: CapturedEvent): void {
    const { json, isReported } = source
    // The casts: the core gives its contexts and errors.
    if (isReported) {
      this.#fail(undefined, source.context as Context, source.failure as DeliveryError)
      return
    }
    const event: SegmentEvent | undefined = json === '' ? undefined : JSON.parse(json)
    this.#open.add({ source, event, json, messageId: event?.messageId })
    if (!event) return
    this.events.push(event)
    this.#acceptedAt.set(event, Date.now())
  }

  /** Records a request. Returns a function to call with the status of its response. */
  send(body: string): (status: number) => void {
    const batch: SegmentEvent[] = JSON.parse(body).batch
    const byId = this.#listById()
    const request = {
      events: batch.map((sent) => byId.get(sent.messageId)?.shift()?.event ?? sent),
      status: undefined as number | undefined,
    }
    this.requests.push(request)
    return (status) => {
      request.status = status
    }
  }

  settle(ctx: Context, reason: DeliveryError | undefined): void {
    // Mostly the first is the one. Others were tracked before the capture began.
    for (const open of this.#open) {
      if (open.source.context !== ctx) continue
      this.#open.delete(open)
      this.#refresh(open)
      // A plan that checks an event later finds out now that it is not valid.
      if (reason?.code === 'ERR_INVALID_EVENT' && open.event) this.events.splice(this.events.indexOf(open.event), 1)
      if (reason) this.#fail(open.event, ctx, reason)
      else if (open.source.status === 'handed-over') this.#fail(open.event, ctx, createHandedOver())
      else if (open.event) this.delivered.push(open.event)
      return
    }
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
  }

  #fail(event: SegmentEvent | undefined, { event: unsent, attempts }: Context, reason: DeliveryError): void {
    this.failed.push({ event: event ?? unsent, reason, attempts })
  }

  #listById(): Map<string | undefined, OpenEvent[]> {
    const byId = new Map<string | undefined, OpenEvent[]>()
    for (const open of this.#open) {
      this.#refresh(open)
      const same = byId.get(open.messageId)
      if (same) same.push(open)
      else byId.set(open.messageId, [open])
    }
    return byId
  }

  /** Shows the event as plugins have left it: the same object, or another in its place if a test has frozen it. */
  #refresh(open: OpenEvent): void {
    const { event, source } = open
    if (!event || open.json === source.json) return
    const changed: SegmentEvent = JSON.parse(source.json)
    open.json = source.json
    open.messageId = changed.messageId
    if (Object.isExtensible(event)) {
      for (const name of Object.keys(event)) Reflect.deleteProperty(event, name)
      Object.assign(event, changed)
      return
    }
    open.event = changed
    this.#acceptedAt.set(changed, this.#acceptedAt.get(event) ?? 0)
    const index = this.events.indexOf(event)
    if (index >= 0) this.events[index] = changed
  }
}
