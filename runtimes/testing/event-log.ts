import { DeliveryError, type SegmentEvent } from '../../src/index.ts'
import type { CapturedEvent } from '../../src/kit/index.ts'
import { LiveList } from './live-list.ts'
import type { FailedEvent, SentRequest } from './types.ts'

/** A time this close to the call is the call's own. */
const CLOSE_MS = 1_000
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const FIRST_MS = Date.UTC(2020, 0)

/** What the log shows of an event without an outcome. */
interface OpenEvent {
  /** Undefined if it cannot be sent. */
  event: SegmentEvent | undefined
  /** What `event` was read from. */
  json: string
}

/** As for an event that `onUndelivered` accepts. */
const createHandedOver = () => new DeliveryError('ERR_HANDED_OVER', 'the event was handed over to the queue')

/** What a capture knows about its events. */
export class EventLog {
  readonly events = new LiveList<SegmentEvent>()
  readonly delivered = new LiveList<SegmentEvent>()
  readonly failed = new LiveList<FailedEvent>()
  readonly requests = new LiveList<SentRequest>()
  readonly #acceptedAt = new WeakMap<SegmentEvent, number>()
  /** The events without an outcome; undefined for those that `clear()` has discarded. */
  readonly #open = new Map<CapturedEvent, OpenEvent | undefined>()
  readonly #followers = new Set<Set<SegmentEvent>>()

  /** Whether every event has an outcome. */
  get isSettled(): boolean {
    return this.#open.size === 0
  }

  isOpen(source: CapturedEvent): boolean {
    return this.#open.has(source)
  }

  /** A set of all events, to which new and changed ones are added until the returned function is called. */
  follow(): { readonly unseen: Set<SegmentEvent>; unfollow(): void } {
    const unseen = new Set(this.events.items)
    this.#followers.add(unseen)
    return { unseen, unfollow: () => void this.#followers.delete(unseen) }
  }

  accept(source: CapturedEvent): void {
    const { json, isReported } = source
    if (isReported) {
      this.#fail(undefined, source)
      return
    }
    const event: SegmentEvent | undefined = json === '' ? undefined : JSON.parse(json)
    this.#open.set(source, { event, json })
    if (!event) return
    this.events.push(event)
    this.#acceptedAt.set(event, Date.now())
    this.#show(event)
  }

  /** Records a request. Returns a function to call with the status of its response. */
  send(sources: readonly CapturedEvent[]): (status: number) => void {
    // Some events may have been tracked before the capture began.
    const events = sources.map((source) => this.#refresh(source) ?? JSON.parse(source.json))
    const request = { events, status: undefined as number | undefined }
    this.requests.push(request)
    return (status) => {
      if (Object.isFrozen(request)) this.requests.replace(request, { events, status })
      else request.status = status
    }
  }

  /** Returns whether the event was captured. */
  conclude(source: CapturedEvent): boolean {
    if (!this.#open.has(source)) return false
    const isListed = this.#open.get(source) !== undefined
    const event = this.#refresh(source)
    this.#open.delete(source)
    if (!isListed) return true
    // A plan that checks an event later finds out now that it is not valid.
    if (event && source.failure && codeOf(source) === 'ERR_INVALID_EVENT') this.#drop(event)
    if (source.failure || source.status === 'handed-over') this.#fail(event, source)
    else if (event) this.delivered.push(event)
    return true
  }

  snapshot(): SegmentEvent[] {
    return this.events.items.map((event, index) => {
      const { _metadata, ...rest } = event ?? {}
      const { messageId, timestamp, context } = rest
      const acceptedAt = this.#acceptedAt.get(event) ?? 0
      const isOwnTime = Math.abs(Date.parse(typeof timestamp === 'string' ? timestamp : '') - acceptedAt) < CLOSE_MS
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
    for (const list of [this.events, this.delivered, this.failed, this.requests]) list.clear()
    for (const source of this.#open.keys()) this.#open.set(source, undefined)
    for (const unseen of this.#followers) unseen.clear()
  }

  #fail(event: SegmentEvent | undefined, { context, failure = createHandedOver() }: CapturedEvent): void {
    // The casts: the core gives its contexts and errors.
    const unsent = context.event as SegmentEvent
    this.failed.push({ event: event ?? unsent, reason: failure as DeliveryError, attempts: context.attempts })
  }

  #show(event: SegmentEvent): void {
    for (const unseen of this.#followers) unseen.add(event)
  }

  #drop(event: SegmentEvent): void {
    this.events.replace(event)
    for (const unseen of this.#followers) unseen.delete(event)
  }

  /** Shows the event as plugins have left it: the same object, or another in its place if a test has frozen it. */
  #refresh(source: CapturedEvent): SegmentEvent | undefined {
    const open = this.#open.get(source)
    const { event } = open ?? {}
    if (!open || !event || open.json === source.json) return event
    const changed: SegmentEvent = JSON.parse(source.json)
    open.json = source.json
    if (Object.isExtensible(event)) {
      for (const name of Object.keys(event)) Reflect.deleteProperty(event, name)
      Object.assign(event, changed)
      this.#show(event)
      return event
    }
    open.event = changed
    this.#acceptedAt.set(changed, this.#acceptedAt.get(event) ?? 0)
    this.events.replace(event, changed)
    for (const unseen of this.#followers) unseen.delete(event)
    this.#show(changed)
    return changed
  }
}

const codeOf = ({ failure }: CapturedEvent) => (failure as DeliveryError | undefined)?.code
