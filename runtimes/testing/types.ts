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
  /** Status of the response; undefined if there was none, or not yet. */
  readonly status: number | undefined
}

/** What was tracked since the capture began. The arrays grow during the capture; one that a test has frozen stays, and the capture has a new one. */
export interface EventCapture {
  /** Each valid event, as soon as its call returns, as it would be sent; plugins change it at the end of the tick. */
  readonly events: readonly SegmentEvent[]
  readonly delivered: readonly SegmentEvent[]
  /** Failed events, including invalid ones and those of calls after `closeAndFlush()`. */
  readonly failed: readonly FailedEvent[]
  /** The requests that would have been sent, including retries. */
  readonly requests: readonly SentRequest[]
  /** Resolves once no event is pending. */
  settled(): Promise<void>
  /**
   * Resolves with the first event that matches, now or later. At the timeout, it rejects with what was tracked instead.
   *
   * @param match the event's name; an object whose fields the event must all have; or a function
   * @param options `timeout` in milliseconds of real time, even under fake timers: 1 to 2147483647. @default 1000
   */
  waitFor(match: EventMatch, options?: { timeout?: number | undefined }): Promise<SegmentEvent>
  /**
   * Sets the responses from now on, in this order. An answer without `times` applies to all further requests; otherwise, 200s follow. Without
   * arguments, all requests succeed again. If a client has several captures, the latest with a call of `respond` decides.
   *
   * @throws ValidationError that names the part of an answer that is wrong
   */
  respond(...answers: readonly Answer[]): void
  /**
   * The events, with what the client generates replaced: message ids are `message-1`, `message-2`, …; times close to the call are seconds
   * since 2020; the versions of the SDK and of Node are left out. An id that `fromRequest` makes for a new visitor stays, so give the
   * request one.
   */
  snapshot(): SegmentEvent[]
  /** Discards what was captured, and the responses set by `respond`. */
  clear(): void
  /**
   * Stops the capture. Later calls reach the network again, unless the client is one of `createTestAnalytics()`. Events that were captured do not:
   * those that are still pending are delivered without a request.
   */
  restore(): void
}
