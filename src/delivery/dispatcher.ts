import type { DeliveryError } from '../errors.ts'
import { type Batch, createBatch, type Entry, splitBatch } from './batch.ts'
import { createDeadlineError } from './deadline.ts'
import type { Sender } from './sender.ts'

/** Told how a batch ended: without a reason, it was delivered. */
type OnEnd = (entries: readonly Entry[], reason: DeliveryError | undefined) => void

/** Has batches sent, a few at a time; one that is refused for an event of it is divided. */
export class Dispatcher {
  readonly #sender: Sender
  readonly #maxConcurrentRequests: number
  readonly #onEnd: OnEnd
  readonly #inFlight = new Set<Batch>()
  #waiting: Batch[] = []

  constructor(sender: Sender, maxConcurrentRequests: number, onEnd: OnEnd) {
    this.#sender = sender
    this.#maxConcurrentRequests = maxConcurrentRequests
    this.#onEnd = onEnd
  }

  get isBusy(): boolean {
    return this.#inFlight.size > 0
  }

  start(entries: Entry[], deadlineMs: number): void {
    const batch = createBatch(entries)
    batch.deadline.tighten(deadlineMs)
    this.#waiting.push(batch)
    this.#sendNext()
  }

  /** Brings the deadline of all batches nearer. */
  tighten(deadlineMs: number): void {
    for (const batch of this.#unfinished()) batch.deadline.tighten(deadlineMs)
  }

  /** Ends, now, every batch that holds an event up to this number. */
  expire(lastSequence: number): void {
    const expired = this.#unfinished().filter(({ entries }) => entries.some(({ sequence }) => sequence <= lastSequence))
    this.#waiting = this.#waiting.filter((batch) => !expired.includes(batch))
    for (const batch of expired) {
      this.#inFlight.delete(batch)
      batch.deadline.expire()
      const reason = createDeadlineError('the deadline of the flush passed', batch.lastFailure)
      this.#onEnd(batch.entries, batch.isAccepted ? undefined : reason)
    }
    this.#sendNext()
  }

  /** Takes back the oldest event that is not on its way yet. */
  withdrawOldest(): Entry | undefined {
    const [batch] = this.#waiting
    const entry = batch?.entries.shift()
    if (batch?.entries.length === 0) this.#waiting.shift()
    return entry
  }

  #sendNext(): void {
    while (this.#inFlight.size < this.#maxConcurrentRequests) {
      const batch = this.#waiting.shift()
      if (!batch) return
      const { verdict } = batch.family
      if (verdict) {
        this.#onEnd(batch.entries, verdict)
      } else {
        this.#inFlight.add(batch)
        void this.#send(batch)
      }
    }
  }

  async #send(batch: Batch): Promise<void> {
    const outcome = await this.#sender.send(batch)
    // An expired batch has been settled already; whatever its request still came to is late.
    if (!this.#inFlight.delete(batch)) return

    if (outcome.kind === 'delivered') batch.family.noteAccepted()
    else if (outcome.reason.status === 400) batch.family.noteRefused(outcome.reason)
    const isDivided = outcome.kind === 'split' && !batch.family.verdict
    if (isDivided) this.#waiting.push(...splitBatch(batch))
    // The next request first, then listeners and callbacks, which may take their time.
    this.#sendNext()
    if (!isDivided) this.#onEnd(batch.entries, outcome.kind === 'delivered' ? undefined : outcome.reason)
  }

  #unfinished(): Batch[] {
    return [...this.#inFlight, ...this.#waiting]
  }
}
