import type { DeliveryError } from '../errors.ts'
import { Deadline } from './deadline.ts'
import type { Entry } from './entry.ts'

/** Events that travel in one request. */
export interface Batch {
  readonly entries: Entry[]
  /** Bytes of the events as JSON. */
  byteCount: number
  readonly deadline: Deadline
  readonly family: Family
  /** Why the latest attempt failed; the cause, should the deadline end the batch. */
  lastFailure: DeliveryError | undefined
  /** Whether the server has accepted the events, even if the body of its answer is still to come. */
  isAccepted: boolean
}

export function createBatch(entries: Entry[], family = new Family()): Batch {
  const byteCount = entries.reduce((sum, entry) => sum + entry.byteCount, 0)
  return { entries, byteCount, deadline: new Deadline(), family, lastFailure: undefined, isAccepted: false }
}

/** Divides a refused batch, so that the event to blame fails alone. */
export function splitBatch({ entries, deadline, family, lastFailure }: Batch): [Batch, Batch] {
  const createPart = (half: Entry[]): Batch => {
    const part = createBatch(half, family)
    part.lastFailure = lastFailure
    part.deadline.tighten(deadline.atMs)
    return part
  }
  const middle = Math.ceil(entries.length / 2)
  return [createPart(entries.slice(0, middle)), createPart(entries.slice(middle))]
}

/** A whole, its halves, quarters and eighths: so many refused, and nothing accepted, is not the work of one event. */
const HOPELESS_REFUSALS = 1 + 2 + 4 + 8

/**
 * A batch and the parts that it was split into. One bad event explains one refused part at each halving, and its neighbours are
 * accepted. Where all parts are refused down to the eighths, the cause lies with the request, and dividing on only makes more.
 */
export class Family {
  #refusedCount = 0
  #hasAccepted = false
  #verdict: DeliveryError | undefined

  noteAccepted(): void {
    this.#hasAccepted = true
  }

  noteRefused(reason: DeliveryError): void {
    this.#refusedCount++
    if (!this.#hasAccepted && this.#refusedCount >= HOPELESS_REFUSALS) this.#verdict = reason
  }

  /** The reason with which all parts fail, once that is clear. */
  get verdict(): DeliveryError | undefined {
    return this.#verdict
  }
}
