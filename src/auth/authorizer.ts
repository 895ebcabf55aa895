import type { DeliveryError } from '../errors.ts'
import type { Deadline } from '../http/deadline.ts'

export type Authorization =
  /** The value of the `Authorization` header. */
  { kind: 'authorized'; header: string } | { kind: 'failed'; reason: DeliveryError }

/** Authorises a queue's requests, if that takes more than the write key. */
export interface Authorizer {
  /** Never rejects, and resolves by the deadline. */
  authorize(deadline: Deadline): Promise<Authorization>
  /** Called when the Tracking API rejects this header. */
  invalidate(header: string): void
}

/** Creates a queue's authorizer. `keepAlive` receives work that goes on after the last batch stopped waiting for it. */
export type AuthorizerFactory = (keepAlive: (work: Promise<unknown>) => void) => Authorizer
