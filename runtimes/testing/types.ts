import type { DeliveryError, SegmentEvent } from '../../src/index.ts'
import type { Answer } from './answers.ts'
import type { EventMatch } from './matches-event.ts'

/** An event that was not delivered. */
export interface FailedEvent {
  readonly event: SegmentEvent
  /** As `error` listeners get it: code, message, and the field of an invalid event. */
  readonly reason: DeliveryError
  /** Number of requests in which the event was sent. */
  readonly attempts: number
}

/** A request that would have gone to the Tracking API. */
export interface SentRequest {
  readonly events: readonly SegmentEvent[]
  /** Of the answer; undefined for a request that failed without one, or is not answered yet. */
  readonly status: number | undefined
}

/** What was tracked since the capture began. The arrays grow as it goes on. */
export interface EventCapture {
  /** Each valid event, from inside the call that tracks it, as it would be sent; plugins change it at the end of the tick. */
  readonly events: readonly SegmentEvent[]
  readonly delivered: readonly SegmentEvent[]
  /** Invalid events are here as well, and those of calls after `closeAndFlush()`. */
  readonly failed: readonly FailedEvent[]
  /** Retries included. */
  readonly requests: readonly SentRequest[]
  /** Resolves once no event is pending. */
  settled(): Promise<void>
  /**
   * Resolves with the first event that matches, also one that is still to come. Rejects after a time, and says what was tracked.
   *
   * @param match the event's name; an object, of which the event has to have each field; or a function
   * @param options `timeout` in milliseconds of real time, 1 to 2147483647. @default 1000
   */
  waitFor(match: EventMatch, options?: { timeout?: number | undefined }): Promise<SegmentEvent>
  /**
   * What requests are answered with from now on, in this order. One without `times` stays; after the others come 200s. Without an
   * argument, all is well again.
   */
  respond(...answers: readonly Answer[]): void
  /**
   * The events with what differs from run to run replaced: message ids that were made up are `message-1`, `message-2`, …; times close to
   * the call are seconds since 2020; the version of the SDK and of Node are left out.
   */
  snapshot(): SegmentEvent[]
  /** Forgets what was captured, and what `respond` was given. */
  clear(): void
  /** Stops the capture. Requests go to the network again; those that hang get a response. */
  restore(): void
}
