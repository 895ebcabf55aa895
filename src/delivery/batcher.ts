import type { DeliveryError } from '../errors.ts'
import { createDeadlineError } from '../http/deadline.ts'
import { Fifo } from '../lib/fifo.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import { Batch } from './batch.ts'
import type { QueuedEvent } from './queued-event.ts'
import type { SendOutcome } from './sender.ts'

/** Never rejects. */
type Send = (batch: Batch) => Promise<SendOutcome>
/**
 * Reports the outcome of a batch; without a reason, it was delivered. Final is the rejection of an event on its own: it would
 * be rejected again.
 */
type OnOutcome = (events: readonly QueuedEvent[], reason: DeliveryError | undefined, isFinal?: boolean) => void

/** Collects events into batches and has a few sent at a time; a batch rejected because of one event is split. */
export class Batcher {
  readonly #settings: Pick<ResolvedSettings, 'flushAt' | 'maxConcurrentRequests'>
  readonly #roomBytes: number
  readonly #sendBatch: Send
  readonly #onOutcome: OnOutcome
  #open: Batch | undefined
  /** Batches waiting for a free request. */
  readonly #waiting = new Fifo<Batch>()
  readonly #inFlight = new Set<Batch>()
  /** Bytes of events that are not in flight yet. */
  waitingBytes = 0

  /** @param roomBytes room in a request for events and the commas between them */
  constructor(
    settings: Pick<ResolvedSettings, 'flushAt' | 'maxConcurrentRequests'>,
    roomBytes: number,
    send: Send,
    onOutcome: OnOutcome,
  ) {
    this.#settings = settings
    this.#roomBytes = roomBytes
    this.#sendBatch = send
    this.#onOutcome = onOutcome
  }

  /** Whether a batch is still being filled. */
  get isCollecting(): boolean {
    return this.#open !== undefined
  }

  /**
   * Adds an event, and sends the batch if that fills it. Events covered by different flushes travel in different
   * batches.
   */
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

  /** Applies new deadlines to batches in flight; waiting ones get theirs when they are sent. */
  tighten(): void {
    for (const batch of this.#inFlight) batch.tighten(batch.generation.deadlineMs)
  }

  /** Immediately expires every batch up to this generation. */
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
      this.#onOutcome(batch.events, batch.isAccepted ? undefined : reason)
    }
    this.#sendNext()
  }

  /** Counts a comma for each event already in the batch. */
  #hasRoom({ byteCount, events }: Batch, addedBytes: number): boolean {
    return byteCount + events.length + addedBytes <= this.#roomBytes
  }

  #sendNext(): void {
    while (this.#inFlight.size < this.#settings.maxConcurrentRequests) {
      const batch = this.#waiting.shift()
      if (!batch) return
      this.waitingBytes -= batch.byteCount
      if (batch.splitGroup.rejection) {
        this.#onOutcome(batch.events, batch.splitGroup.rejection)
      } else {
        batch.tighten(batch.generation.deadlineMs)
        this.#inFlight.add(batch)
        void this.#send(batch)
      }
    }
  }

  async #send(batch: Batch): Promise<void> {
    const outcome = await this.#sendBatch(batch)
    // An expired batch already has its outcome; this one comes too late.
    if (!this.#inFlight.delete(batch)) return

    const { splitGroup } = batch
    const settled = [batch]
    const isFinal = batch.events.length === 1 && outcome.kind === 'split'
    const reason = outcome.kind === 'delivered' ? undefined : outcome.reason
    if (!reason) splitGroup.noteAccepted()
    else if (reason.status === 400) splitGroup.noteRejected(reason)
    if (outcome.kind === 'split' && !isFinal && !splitGroup.rejection) {
      batch.lastFailure = reason
      settled.pop()
      // In front, because these events are older than those waiting.
      this.#waiting.unshift(...batch.split())
      this.waitingBytes += batch.byteCount
    }
    // No batch can be sent without a token: waiting batches would only request one in turn.
    if (reason?.code === 'ERR_TOKEN') {
      for (const waiting of this.#waiting.takeAll()) {
        this.waitingBytes -= waiting.byteCount
        settled.push(waiting)
      }
    }
    // Start the next request before listeners and callbacks, which may be slow.
    this.#sendNext()
    for (const { events } of settled) this.#onOutcome(events, reason, isFinal)
  }
}
