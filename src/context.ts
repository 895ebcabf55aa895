import type { SegmentEvent } from './types.ts'

/** An event on its way, and what became of it. Given to callbacks and listeners, and what a Delivery resolves with. */
export class Context {
  event: SegmentEvent
  /** Requests that have carried this event. More than 1 after a retry. */
  attempts = 0
  #failure: { reason: unknown } | undefined

  constructor(event: SegmentEvent) {
    this.event = event
  }

  /** The event's `messageId`. */
  get id(): string {
    return this.event.messageId
  }

  /** Why the event was not delivered; undefined while it is pending and once it is delivered. */
  failedDelivery(): { reason: unknown } | undefined {
    return this.#failure
  }

  setFailedDelivery(failure: { reason: unknown }): void {
    this.#failure = failure
  }

  toJSON(): { id: string; event: SegmentEvent } {
    return { id: this.id, event: this.event }
  }
}
