import { DeliveryError } from '../errors.ts'
import { isForSegment } from '../events/build.ts'
import { nameEvent } from '../events/name-event.ts'
import { utf8ByteLength } from '../lib/utf8-byte-length.ts'
import type { SegmentEvent } from '../types.ts'
import type { QueuedEvent } from './queued-event.ts'

/** Segment answers 400 to a request with a larger event. */
export const MAX_EVENT_BYTES = 32 * 1024

/**
 * Writes an event as JSON, with its size, to its place in the queue; returns the reason if it cannot be sent. The event
 * is the SDK's own object, so its timestamp is replaced by text. An event that plugins changed is checked first: a
 * sparse array with one far index would take seconds to write.
 */
export function serializeEvent(queued: QueuedEvent, event: SegmentEvent, isChanged = false): DeliveryError | undefined {
  let json: string | undefined
  try {
    if (isChanged && hasHugeArray(event, new Set())) return createTooLargeError(event, 'has an array that alone takes')
    const { timestamp } = event
    // Converts the date first: calling its toJSON during stringify slows the whole event by half. An invalid date from
    // a plugin becomes null.
    if (timestamp instanceof Date && !Number.isNaN(timestamp.getTime())) event.timestamp = timestamp.toISOString()
    json = JSON.stringify(event)
  } catch (cause) {
    return new DeliveryError('ERR_NOT_SERIALIZABLE', `${nameEvent(event)} cannot be written as JSON`, { cause })
  }
  if (!json?.startsWith('{')) {
    return new DeliveryError('ERR_NOT_SERIALIZABLE', `${nameEvent(event)} has a toJSON that does not return an object`)
  }
  const byteCount = utf8ByteLength(json)
  if (byteCount > MAX_EVENT_BYTES) return createTooLargeError(event, `takes ${byteCount} bytes as JSON:`)
  queued.json = json
  queued.byteCount = byteCount
  queued.isForSegment = isForSegment(event)
  return undefined
}

function createTooLargeError(event: SegmentEvent, what: string): DeliveryError {
  const message = `${nameEvent(event)} ${what} more than the ${MAX_EVENT_BYTES} bytes (32 KB) that are allowed`
  return new DeliveryError('ERR_EVENT_TOO_LARGE', message)
}

/** Whether an array is too long to fit: each element takes at least two bytes as JSON. */
function hasHugeArray(value: unknown, seen: Set<unknown>): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  seen.add(value)
  if (Array.isArray(value) && value.length > MAX_EVENT_BYTES / 2) return true
  return Object.values(value).some((each) => hasHugeArray(each, seen))
}
