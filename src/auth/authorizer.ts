import type { DeliveryError } from '../errors.ts'
import type { Waiter } from '../http/waiter.ts'

export type Authorization =
  /** The value of the header `Authorization`. */
  { kind: 'authorized'; header: string } | { kind: 'failed'; reason: DeliveryError }

/** What authorises the requests of one queue, where that is more than the write key. */
export interface Authorizer {
  /** Never rejects, and ends at the waiter's deadline at the latest. */
  authorize(waiter: Waiter): Promise<Authorization>
  /** The Tracking API refused this header. */
  refuse(header: string): void
}

/** Makes the authorizer of a queue. What goes on when no batch waits for it any more is given to `keepAlive`. */
export type AuthorizerFactory = (keepAlive: (work: Promise<unknown>) => void) => Authorizer
