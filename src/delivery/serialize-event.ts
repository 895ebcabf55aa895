import { DeliveryError } from '../errors.ts'
import { utf8ByteLength } from '../lib/utf8-byte-length.ts'
import type { SegmentEvent } from '../types.ts'
import type { QueuedEvent } from './queued-event.ts'

/** Segment answers 400 to a request with a larger event. */
export const MAX_EVENT_BYTES = 32 * 1024

/**
 * Writes the event into its entry, as JSON with its size; answers with the reason where it cannot travel. The event is the caller's
 * own: its timestamp becomes text.
 */
export function serializeEvent(entry: QueuedEvent, event: SegmentEvent): DeliveryError | undefined {
  try {
    const { timestamp } = event
    // The date alone first: met inside, its toJSON makes the whole event half as slow again. An invalid one, of a plugin, becomes null.
    if (timestamp instanceof Date && !Number.isNaN(timestamp.getTime())) event.timestamp = timestamp.toISOString()
    entry.json = JSON.stringify(event)
  } catch (cause) {
    return new DeliveryError('ERR_NOT_SERIALIZABLE', 'the event cannot be written as JSON', { cause })
  }
  const byteCount = utf8ByteLength(entry.json)
  if (byteCount <= MAX_EVENT_BYTES) {
    entry.byteCount = byteCount
    return undefined
  }
  const message = `the event takes ${byteCount} bytes as JSON; at most ${MAX_EVENT_BYTES} (32 KB) are allowed`
  return new DeliveryError('ERR_EVENT_TOO_LARGE', message)
}
