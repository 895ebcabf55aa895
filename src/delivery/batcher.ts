import type { DeliveryError } from '../errors.ts'
import { createDeadlineError } from '../http/deadline.ts'
import { Fifo } from '../lib/fifo.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import { Batch } from './batch.ts'
import type { QueuedEvent } from './queued-event.ts'
import type { SendOutcome } from './sender.ts'

/** Never rejects. */
type Send = (batch: Batch) => Promise<SendOutcome>
/** Called with how a batch ended: without a reason, it was delivered. Not tried, it has the reason of its split group. */
type OnEnd = (events: readonly QueuedEvent[], reason: DeliveryError | undefined, isTried?: boolean) => void

/** Collects events into batches and has those sent, a few at a time; one that is rejected for an event of it is divided. */
export class Batcher {
  readonly #settings: Pick<ResolvedSettings, 'flushAt' | 'maxConcurrentRequests'>
  readonly #roomBytes: number
  readonly #sendBatch: Send
  readonly #onEnd: OnEnd
  /** The batch that is being filled. */
  #open: Batch | undefined
  /** Those that wait for their turn. */
  readonly #waiting = new Fifo<Batch>()
  readonly #inFlight = new Set<Batch>()
  /** Bytes of the events that are not in flight yet. */
  waitingBytes = 0

  /** @param roomBytes of a request, for events and the commas between them */
  constructor(
    settings: Pick<ResolvedSettings, 'flushAt' | 'maxConcurrentRequests'>,
    roomBytes: number,
    send: Send,
    onEnd: OnEnd,
  ) {
    this.#settings = settings
    this.#roomBytes = roomBytes
    this.#sendBatch = send
    this.#onEnd = onEnd
  }

  /** Whether events still wait for others to join them. */
  get isCollecting(): boolean {
    return this.#open !== undefined
  }

  /** Adds an event; a batch that is full because of it leaves. Events that other flushes cover travel in other batches. */
  add(event: QueuedEvent): void {
    const { byteCount, generation } = event
    if (this.#open && (this.#open.generation !== generation || !this.#hasRoom(this.#open, byteCount))) this.sendOpen()
    this.#open ??= new Batch(generation)
    const { events } = this.#open
    events.push(event)
    this.#open.byteCount += byteCount
    this.waitingBytes += byteCount
    if (events.length >= this.#settings.flushAt) this.sendOpen()
  }

  /** Sends what has been collected so far. */
  sendOpen(): void {
    if (!this.#open) return
    this.#waiting.push(this.#open)
    this.#open = undefined
    this.#sendNext()
  }

  /** Takes back the oldest event that is not in flight yet. */
  withdrawOldest(): QueuedEvent | undefined {
    const oldest = this.#waiting.first ?? this.#open
    const event = oldest?.events.shift()
    if (!oldest || !event) return undefined
    oldest.byteCount -= event.byteCount
    this.waitingBytes -= event.byteCount
    if (oldest.events.length === 0 && !this.#waiting.shift()) this.#open = undefined
    return event
  }

  /** Has what is in flight look at its deadline again; what waits does so when its turn comes. */
  tighten(): void {
    for (const batch of this.#inFlight) batch.tighten(batch.generation.deadlineMs)
  }

  /** Ends, now, every batch of the generations up to this one. */
  expire(lastIndex: number): void {
    const isCovered = ({ generation }: Batch) => generation.index <= lastIndex
    const expired = [...this.#inFlight].filter(isCovered)
    for (const batch of this.#waiting.takeAll()) {
      if (isCovered(batch)) {
        expired.push(batch)
        this.waitingBytes -= batch.byteCount
      } else {
        this.#waiting.push(batch)
      }
    }
    for (const batch of expired) {
      this.#inFlight.delete(batch)
      batch.expire()
      const reason = createDeadlineError('the deadline of the flush passed', batch.lastFailure)
      this.#onEnd(batch.events, batch.isAccepted ? undefined : reason)
    }
    this.#sendNext()
  }

  /** With a comma for each event before it. */
  #hasRoom({ byteCount, events }: Batch, addedBytes: number): boolean {
    return byteCount + events.length + addedBytes <= this.#roomBytes
  }

  #sendNext(): void {
    while (this.#inFlight.size < this.#settings.maxConcurrentRequests) {
      const batch = this.#waiting.shift()
      if (!batch) return
      this.waitingBytes -= batch.byteCount
      if (batch.splitGroup.rejection) {
        this.#onEnd(batch.events, batch.splitGroup.rejection, false)
      } else {
        batch.tighten(batch.generation.deadlineMs)
        this.#inFlight.add(batch)
        void this.#send(batch)
      }
    }
  }

  async #send(batch: Batch): Promise<void> {
    const outcome = await this.#sendBatch(batch)
    // An expired batch has its outcome already; whatever its request still came to is late.
    if (!this.#inFlight.delete(batch)) return

    const { splitGroup } = batch
    const ended = [batch]
    const reason = outcome.kind === 'delivered' ? undefined : outcome.reason
    if (!reason) splitGroup.noteAccepted()
    else if (reason.status === 400) splitGroup.noteRejected(reason)
    if (outcome.kind === 'split' && !splitGroup.rejection) {
      batch.lastFailure = reason
      ended.pop()
      // First, since their events are older than those that wait.
      this.#waiting.unshift(...batch.split())
      this.waitingBytes += batch.byteCount
    }
    // Without a token no batch can leave: those that wait would only ask for it one after the other.
    if (reason?.code === 'ERR_TOKEN') {
      for (const waiting of this.#waiting.takeAll()) {
        this.waitingBytes -= waiting.byteCount
        ended.push(waiting)
      }
    }
    // The next request first, then listeners and callbacks, which may take their time.
    this.#sendNext()
    for (const { events } of ended) this.#onEnd(events, reason)
  }
}
