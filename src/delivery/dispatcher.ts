import type { DeliveryError } from '../errors.ts'
import { type Batch, createBatch, splitBatch } from './batch.ts'
import { createDeadlineError } from './deadline.ts'
import type { Entry } from './entry.ts'
import type { SendOutcome } from './sender.ts'

/** Carries one batch to the server. */
export interface BatchSender {
  send(batch: Batch): Promise<SendOutcome>
}

/** Told how a batch ended: without a reason, it was delivered. */
type OnEnd = (entries: readonly Entry[], reason: DeliveryError | undefined) => void

/** Has batches sent, a few at a time; one that is refused for an event of it is divided. */
export class Dispatcher {
  readonly #sender: BatchSender
  readonly #maxConcurrentRequests: number
  readonly #onEnd: OnEnd
  readonly #inFlight = new Set<Batch>()
  #waiting: Batch[] = []

  constructor(sender: BatchSender, maxConcurrentRequests: number, onEnd: OnEnd) {
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

  /** Bytes of the events that are not on their way yet. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, batch) => sum + batch.byteCount, 0)
  }

  /** Takes back the oldest event that is not on its way yet. */
  withdrawOldest(): Entry | undefined {
    const [batch] = this.#waiting
    const entry = batch?.entries.shift()
    if (!batch || !entry) return undefined
    batch.byteCount -= entry.byteCount
    if (batch.entries.length === 0) this.#waiting.shift()
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
    if (isDivided) {
      batch.lastFailure = outcome.reason
      this.#waiting.push(...splitBatch(batch))
    }
    // Without a token no batch can leave: those that wait would only ask for it one after the other.
    const isTokenless = outcome.kind === 'failed' && outcome.reason.code === 'ERR_TOKEN'
    const ended = isTokenless ? [batch, ...this.#waiting.splice(0)] : [batch]
    // The next request first, then listeners and callbacks, which may take their time.
    this.#sendNext()
    if (isDivided) return
    for (const { entries } of ended) this.#onEnd(entries, outcome.kind === 'delivered' ? undefined : outcome.reason)
  }

  #unfinished(): Batch[] {
    return [...this.#inFlight, ...this.#waiting]
  }
}
