import type { DeliveryError } from '../errors.ts'
import type { Deadline } from '../http/deadline.ts'

export type Authorization =
  /** The value of the header `Authorization`. */
  { kind: 'authorized'; header: string } | { kind: 'failed'; reason: DeliveryError }

/** What authorises the requests of one queue, if that is more than the write key. */
export interface Authorizer {
  /** Never rejects, and ends at the deadline at the latest. */
  authorize(deadline: Deadline): Promise<Authorization>
  /** The Tracking API rejected this header. */
  invalidate(header: string): void
}

/** Makes the authorizer of a queue. Work that goes on when no batch waits for it any more is passed to `keepAlive`. */
export type AuthorizerFactory = (keepAlive: (work: Promise<unknown>) => void) => Authorizer
