import type { DeliveryError } from '../errors.ts'
import { Deadline } from '../http/deadline.ts'
import type { Generation } from './outcome/pending-tracker.ts'
import type { QueuedEvent } from './queued-event.ts'

/** A batch, its halves, quarters and eighths: one bad event cannot get this many parts rejected and none accepted. */
const HOPELESS_REJECTIONS = 1 + 2 + 4 + 8

/**
 * A batch and the parts it was split into. One bad event accounts for one rejected part per split, and the other part
 * is accepted. If every part down to the eighths is rejected, the request itself is at fault, and splitting further
 * only adds requests.
 */
export class SplitGroup {
  #rejectedCount = 0
  #hasAccepted = false
  hasRenewedToken = false
  /** Set once it is clear that every part will fail with this reason. */
  rejection: DeliveryError | undefined

  noteAccepted(): void {
    this.#hasAccepted = true
  }

  noteRejected(reason: DeliveryError): void {
    if (++this.#rejectedCount >= HOPELESS_REJECTIONS && !this.#hasAccepted) this.rejection = reason
  }
}

/** Events of one generation that travel in one request, with the deadline for sending them. */
export class Batch extends Deadline {
  readonly events: QueuedEvent[]
  readonly generation: Generation
  readonly splitGroup: SplitGroup
  byteCount = 0
  /** Whether the server has accepted the events, even if the response body is still to come. */
  isAccepted = false

  constructor(generation: Generation, events: QueuedEvent[] = [], splitGroup = new SplitGroup()) {
    super()
    this.generation = generation
    this.events = events
    this.splitGroup = splitGroup
    for (const { byteCount } of events) this.byteCount += byteCount
  }

  /** Halves a rejected batch, so that only the event at fault fails. */
  split(): Batch[] {
    const middle = Math.ceil(this.events.length / 2)
    return [this.events.slice(0, middle), this.events.slice(middle)].map((half) => {
      const part = new Batch(this.generation, half, this.splitGroup)
      part.lastFailure = this.lastFailure
      return part
    })
  }
}
