import type { DeliveryError } from '../errors.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import { Batch } from './batch.ts'
import { createDeadlineError } from './deadline.ts'
import type { QueuedEvent } from './queued-event.ts'
import type { SendOutcome } from './sender.ts'

/** Never rejects. */
type Send = (batch: Batch) => Promise<SendOutcome>
/** Told how a batch ended: without a reason, it was delivered. */
type OnEnd = (entries: readonly QueuedEvent[], reason: DeliveryError | undefined) => void

/** Collects events into batches and has those sent, a few at a time; one that is refused for an event of it is divided. */
export class Batcher {
  readonly #settings: Pick<ResolvedSettings, 'flushAt' | 'maxConcurrentRequests'>
  readonly #roomBytes: number
  readonly #sendBatch: Send
  readonly #onEnd: OnEnd
  /** The batch that is being filled. */
  #open = new Batch()
  /** Those that wait for their turn. */
  #waiting: Batch[] = []
  readonly #inFlight = new Set<Batch>()

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

  get isBusy(): boolean {
    return this.#inFlight.size > 0
  }

  /** Whether events still wait for others to join them. */
  get isCollecting(): boolean {
    return this.#open.entries.length > 0
  }

  /** Bytes of the events that are not on their way yet. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { byteCount }) => sum + byteCount, this.#open.byteCount)
  }

  /** Adds an event that has to be sent by then; a batch that is full because of it leaves. */
  add(entry: QueuedEvent, deadlineMs: number): void {
    // A comma for each event before it.
    if (this.#open.byteCount + this.#open.entries.length + entry.byteCount > this.#roomBytes) this.sendCollected()
    const batch = this.#open
    batch.entries.push(entry)
    batch.byteCount += entry.byteCount
    if (deadlineMs < batch.atMs) batch.tighten(deadlineMs)
    if (batch.entries.length >= this.#settings.flushAt) this.sendCollected()
  }

  /** Sends what has been collected so far. */
  sendCollected(): void {
    if (!this.isCollecting) return
    this.#waiting.push(this.#open)
    this.#open = new Batch()
    this.#sendNext()
  }

  /** Takes back the oldest event that is not on its way yet. */
  withdrawOldest(): QueuedEvent | undefined {
    const [oldest = this.#open] = this.#waiting
    const entry = oldest.entries.shift()
    oldest.byteCount -= entry?.byteCount ?? 0
    if (oldest.entries.length === 0) this.#waiting.shift()
    return entry
  }

  /** Brings the deadline of all that leaves or has left nearer. */
  tighten(deadlineMs: number): void {
    for (const batch of this.#unfinished()) batch.tighten(deadlineMs)
  }

  /** Ends, now, every batch that holds an event up to this number. */
  expire(lastSequence: number): void {
    const expired = this.#unfinished().filter(({ entries }) => entries.some(({ sequence }) => sequence <= lastSequence))
    this.#waiting = this.#waiting.filter((batch) => !expired.includes(batch))
    for (const batch of expired) {
      this.#inFlight.delete(batch)
      batch.expire()
      const reason = createDeadlineError('the deadline of the flush passed', batch.lastFailure)
      this.#onEnd(batch.entries, batch.isAccepted ? undefined : reason)
    }
    this.#sendNext()
  }

  #sendNext(): void {
    while (this.#inFlight.size < this.#settings.maxConcurrentRequests) {
      const batch = this.#waiting.shift()
      if (!batch) return
      if (batch.splitGroup.verdict) {
        this.#onEnd(batch.entries, batch.splitGroup.verdict)
      } else {
        this.#inFlight.add(batch)
        void this.#send(batch)
      }
    }
  }

  async #send(batch: Batch): Promise<void> {
    const outcome = await this.#sendBatch(batch)
    // An expired batch has been settled already; whatever its request still came to is late.
    if (!this.#inFlight.delete(batch)) return

    const { splitGroup } = batch
    const ended = [batch]
    const reason = outcome.kind === 'delivered' ? undefined : outcome.reason
    if (!reason) splitGroup.noteAccepted()
    else if (reason.status === 400) splitGroup.noteRefused(reason)
    if (outcome.kind === 'split' && !splitGroup.verdict) {
      batch.lastFailure = reason
      this.#waiting.push(...batch.split())
      ended.pop()
    }
    // Without a token no batch can leave: those that wait would only ask for it one after the other.
    if (reason?.code === 'ERR_TOKEN') ended.push(...this.#waiting.splice(0))
    // The next request first, then listeners and callbacks, which may take their time.
    this.#sendNext()
    for (const { entries } of ended) this.#onEnd(entries, reason)
  }

  #unfinished(): Batch[] {
    return [...this.#inFlight, ...this.#waiting]
  }
}
