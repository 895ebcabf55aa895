import { DeliveryError } from '../errors.ts'
import { nameEvent } from '../events/name-event.ts'
import { utf8ByteLength } from '../lib/utf8-byte-length.ts'
import type { SegmentEvent } from '../types.ts'

/** Segment answers 400 to a request with a larger event. */
export const MAX_EVENT_BYTES = 32 * 1024

/** An event as JSON, with its size; or the reason why it cannot travel. */
export type SerializedEvent = { json: string; byteCount: number } | DeliveryError

/** Writes an event as JSON. It is the SDK's own object: its timestamp becomes text. */
export function serializeEvent(event: SegmentEvent): SerializedEvent {
  let json: string | undefined
  try {
    const { timestamp } = event
    // The date alone first: met inside, its toJSON makes the whole event half as slow again. An invalid one, of a plugin, becomes null.
    if (timestamp instanceof Date && !Number.isNaN(timestamp.getTime())) event.timestamp = timestamp.toISOString()
    json = JSON.stringify(event)
  } catch (cause) {
    return new DeliveryError('ERR_NOT_SERIALIZABLE', `${nameEvent(event)} cannot be written as JSON`, { cause })
  }
  if (!json?.startsWith('{')) {
    return new DeliveryError('ERR_NOT_SERIALIZABLE', `${nameEvent(event)} has a toJSON that makes it no object`)
  }
  const byteCount = utf8ByteLength(json)
  if (byteCount <= MAX_EVENT_BYTES) return { json, byteCount }
  const message = `${nameEvent(event)} takes ${byteCount} bytes as JSON; at most ${MAX_EVENT_BYTES} (32 KB) are allowed`
  return new DeliveryError('ERR_EVENT_TOO_LARGE', message)
}
