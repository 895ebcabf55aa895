import type { DeliveryError } from './errors.ts'

// What whoever works on behalf of a batch needs to know of it.

/** The moment by which something has ended, and the way to be woken then. */
export interface Expiry {
  /** Epoch milliseconds; it may come nearer, never go further away. */
  readonly atMs: number
  readonly isExpired: boolean
  /** What ends the wait that is under way: one at a time. */
  onExpire: (() => void) | undefined
  /** Pauses; answers false where the expiry cut the pause short. */
  sleep(delayMs: number): Promise<boolean>
}

/** A batch, as it waits for something. */
export interface Waiter {
  readonly deadline: Expiry
  /** Why the latest try failed; the cause, should the deadline end the wait. */
  lastFailure: DeliveryError | undefined
}

/** Pauses; answers false, at once where that is certain, if the deadline does not allow for it. */
export async function rest(deadline: Expiry, pauseMs: number): Promise<boolean> {
  if (deadline.isExpired) return false
  if (pauseMs <= 0) return true
  return Date.now() + pauseMs < deadline.atMs && deadline.sleep(pauseMs)
}
