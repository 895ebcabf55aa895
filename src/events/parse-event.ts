import type { SegmentEvent } from '../types.ts'

/** The event that the SDK has written as JSON, for plugins: they touch nothing of the caller's, and nothing that a `toJSON` hides. */
export function parseEvent(json: string): SegmentEvent {
  // The cast: the SDK has written it.
  const event = JSON.parse(json) as SegmentEvent
  // A Date is what plugins expect; a text of another form stays as it is.
  const date = new Date(event.timestamp)
  if (!Number.isNaN(date.getTime()) && date.toISOString() === event.timestamp) event.timestamp = date
  return event
}
