import type { DeliveryError } from '../errors.ts'
import { Deadline } from '../http/deadline.ts'
import type { Generation } from './outcome/pending-tracker.ts'
import type { QueuedEvent } from './queued-event.ts'

/** A whole, its halves, quarters and eighths: so many rejected, and nothing accepted, is not the work of one event. */
const HOPELESS_REJECTIONS = 1 + 2 + 4 + 8

/**
 * A batch and the parts that it was split into. One bad event explains one rejected part at each halving, and its neighbours are
 * accepted. If all parts are rejected down to the eighths, the cause lies with the request, and dividing on only makes more.
 */
export class SplitGroup {
  #rejectedCount = 0
  #hasAccepted = false
  /** A token has been renewed for it. */
  hasRenewedToken = false
  /** The reason with which all parts fail, once that is clear. */
  rejection: DeliveryError | undefined

  noteAccepted(): void {
    this.#hasAccepted = true
  }

  noteRejected(reason: DeliveryError): void {
    if (++this.#rejectedCount >= HOPELESS_REJECTIONS && !this.#hasAccepted) this.rejection = reason
  }
}

/** Events of one generation that travel in one request, and until when they may. */
export class Batch extends Deadline {
  readonly events: QueuedEvent[]
  readonly generation: Generation
  readonly splitGroup: SplitGroup
  /** Bytes of the events as JSON. */
  byteCount = 0
  /** Whether the server has accepted the events, even if the body of its response is still to come. */
  isAccepted = false

  constructor(generation: Generation, events: QueuedEvent[] = [], splitGroup = new SplitGroup()) {
    super()
    this.generation = generation
    this.events = events
    this.splitGroup = splitGroup
    for (const { byteCount } of events) this.byteCount += byteCount
  }

  /** Divides a rejected batch, so that the event to blame fails alone. */
  split(): Batch[] {
    const middle = Math.ceil(this.events.length / 2)
    return [this.events.slice(0, middle), this.events.slice(middle)].map((half) => {
      const part = new Batch(this.generation, half, this.splitGroup)
      part.lastFailure = this.lastFailure
      return part
    })
  }
}
