import type { SegmentEvent } from '../types.ts'

/**
 * Parses an event from the SDK's JSON for plugins, so that they reach neither the caller's objects nor what a `toJSON`
 * hides.
 */
export function parseEvent(json: string): SegmentEvent {
  // The cast: the SDK wrote this JSON.
  const event = JSON.parse(json) as SegmentEvent
  // Plugins expect a Date; text in any other format is left unchanged.
  const date = new Date(event.timestamp)
  if (!Number.isNaN(date.getTime()) && date.toISOString() === event.timestamp) event.timestamp = date
  return event
}
