import { utf8ByteLength } from '../lib/utf8-byte-length.ts'
import { MAX_EVENTS_PER_REQUEST } from '../settings/settings.ts'

/** Leaves room for what a request has besides the events. */
const MAX_BYTES = 400 * 1024

interface Message {
  readonly body: unknown
  readonly events: readonly unknown[] | undefined
}

/** Divides messages into parts of one request each, so that none overtakes one that fails. */
export function divideInOrder<Each extends Message>(messages: readonly Each[]): Each[][] {
  const parts: Each[][] = []
  let byteCount = Number.POSITIVE_INFINITY
  let eventCount = 0
  for (const message of messages) {
    const addedBytes = typeof message.body === 'string' ? utf8ByteLength(message.body) : 0
    const addedEvents = message.events?.length ?? 0
    byteCount += addedBytes
    eventCount += addedEvents
    if (byteCount > MAX_BYTES || eventCount > MAX_EVENTS_PER_REQUEST) {
      parts.push([])
      byteCount = addedBytes
      eventCount = addedEvents
    }
    parts.at(-1)?.push(message)
  }
  return parts
}
