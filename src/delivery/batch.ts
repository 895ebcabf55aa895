import type { DeliveryError } from '../errors.ts'
import type { Waiter } from '../http/waiter.ts'
import { Deadline } from './deadline.ts'
import type { QueuedEvent } from './queued-event.ts'

/** A whole, its halves, quarters and eighths: so many refused, and nothing accepted, is not the work of one event. */
const HOPELESS_REFUSALS = 1 + 2 + 4 + 8

/**
 * A batch and the parts that it was split into. One bad event explains one refused part at each halving, and its neighbours are
 * accepted. Where all parts are refused down to the eighths, the cause lies with the request, and dividing on only makes more.
 */
export class SplitGroup {
  #refusedCount = 0
  #hasAccepted = false
  /** The reason with which all parts fail, once that is clear. */
  verdict: DeliveryError | undefined

  noteAccepted(): void {
    this.#hasAccepted = true
  }

  noteRefused(reason: DeliveryError): void {
    if (++this.#refusedCount >= HOPELESS_REFUSALS && !this.#hasAccepted) this.verdict = reason
  }
}

/** Events that travel in one request, and until when they may. */
export class Batch extends Deadline implements Waiter {
  readonly entries: QueuedEvent[]
  readonly splitGroup: SplitGroup
  /** Bytes of the events as JSON. */
  byteCount = 0
  /** Why the latest attempt failed; the cause, should the deadline end the batch. */
  lastFailure: DeliveryError | undefined
  /** Whether the server has accepted the events, even if the body of its answer is still to come. */
  isAccepted = false

  constructor(entries: QueuedEvent[] = [], splitGroup = new SplitGroup()) {
    super()
    this.entries = entries
    this.splitGroup = splitGroup
    for (const { byteCount } of entries) this.byteCount += byteCount
  }

  /** Divides a refused batch, so that the event to blame fails alone. */
  split(): Batch[] {
    const middle = Math.ceil(this.entries.length / 2)
    return [this.entries.slice(0, middle), this.entries.slice(middle)].map((half) => {
      const part = new Batch(half, this.splitGroup)
      part.lastFailure = this.lastFailure
      part.tighten(this.atMs)
      return part
    })
  }
}
