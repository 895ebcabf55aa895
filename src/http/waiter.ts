import type { DeliveryError } from '../errors.ts'

/** A batch, as whoever works on its behalf knows it: until when it may wait, and how it is woken. */
export interface Waiter {
  /** Epoch milliseconds; it may come nearer, never go further away. */
  readonly atMs: number
  /**
   * Says what ends the wait that is under way, one at a time; undefined when it is over. A method, since V8 makes a function that is
   * assigned to a property an old object, which would keep all that it knows, a delivered batch, until the next full collection.
   */
  onExpire(end: (() => void) | undefined): void
  /** Pauses; answers false where the deadline cuts the pause short, at once where that is certain. */
  rest(pauseMs: number): boolean | Promise<boolean>
  /** Why the latest try failed; the cause, should the deadline end the wait. */
  lastFailure: DeliveryError | undefined
}
