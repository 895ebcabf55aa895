import type { Context } from '../context.ts'
import type { DeliveryError } from '../errors.ts'
import { Deadline } from './deadline.ts'

/** The callback of a call: `err` is the reason of a failed delivery, undefined when the event was delivered. */
export type Callback = (err?: unknown, ctx?: Context) => unknown

/** An accepted event, from the call that made it until it is settled. */
export interface Entry {
  readonly context: Context
  readonly callback: Callback | undefined
  /** Its place among all accepted events of its queue; a flush covers those up to a number. */
  readonly sequence: number
  /** The event as JSON, made once. */
  json: string
  isSettled: boolean
  /** Set by a Delivery that somebody awaits. */
  onSettled: (() => void) | undefined
}

/** Events that travel in one request. */
export interface Batch {
  readonly entries: readonly Entry[]
  readonly deadline: Deadline
  /** Why the latest attempt failed; the cause, should the deadline end the batch. */
  lastFailure: DeliveryError | undefined
}

export function createBatch(entries: readonly Entry[]): Batch {
  return { entries, deadline: new Deadline(), lastFailure: undefined }
}
