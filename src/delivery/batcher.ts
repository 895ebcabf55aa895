import { DeliveryError } from '../errors.ts'
import { utf8ByteLength } from '../lib/utf8-byte-length.ts'
import type { SegmentEvent } from '../types.ts'
import type { Entry } from './entry.ts'

/** Segment answers 400 to a request with a larger event. */
export const MAX_EVENT_BYTES = 32 * 1024
/** Segment's limit is 500 KB a request; the rest is room for proxies that add to the body. */
export const MAX_BATCH_BYTES = 480 * 1024

/** `{"batch":[],"writeKey":"","sentAt":"2026-01-31T00:00:00.000Z"}` */
const ENVELOPE_BYTES = 64

/** The event as JSON with its size, or the reason why it cannot travel. */
export function serializeEvent(event: SegmentEvent): { json: string; byteCount: number } | DeliveryError {
  const { timestamp } = event
  let json: string
  try {
    // The date alone first: met inside, its toJSON makes the whole event half as slow again.
    json = JSON.stringify(timestamp instanceof Date ? { ...event, timestamp: timestamp.toJSON() } : event)
  } catch (cause) {
    return new DeliveryError('ERR_NOT_SERIALIZABLE', 'the event cannot be written as JSON', { cause })
  }
  const byteCount = utf8ByteLength(json)
  if (byteCount <= MAX_EVENT_BYTES) return { json, byteCount }
  const message = `the event takes ${byteCount} bytes as JSON; at most ${MAX_EVENT_BYTES} (32 KB) are allowed`
  return new DeliveryError('ERR_EVENT_TOO_LARGE', message)
}

/** Collects events until they make a request: `flushAt` of them, or as many bytes as one may hold. */
export class Batcher {
  readonly #flushAt: number
  readonly #emptyBytes: number
  #entries: Entry[] = []
  #byteCount: number

  constructor(flushAt: number, writeKey: string) {
    this.#flushAt = flushAt
    this.#emptyBytes = ENVELOPE_BYTES + utf8ByteLength(JSON.stringify(writeKey))
    this.#byteCount = this.#emptyBytes
  }

  /** Bytes of the events collected so far. */
  get eventBytes(): number {
    return this.#byteCount - this.#emptyBytes - this.#entries.length
  }

  get count(): number {
    return this.#entries.length
  }

  /** Adds an event. Answers with the events that are ready to leave because of it, if any. */
  add(entry: Entry): Entry[] | undefined {
    const entryBytes = entry.byteCount + 1 // its comma
    const overflowing = this.#byteCount + entryBytes > MAX_BATCH_BYTES ? this.take() : undefined
    this.#entries.push(entry)
    this.#byteCount += entryBytes
    return this.#entries.length >= this.#flushAt ? this.take() : overflowing
  }

  /** Takes back the oldest event. */
  withdrawOldest(): Entry | undefined {
    const entry = this.#entries.shift()
    if (entry) this.#byteCount -= entry.byteCount + 1
    return entry
  }

  /** The events collected so far; the batcher starts anew. */
  take(): Entry[] {
    const entries = this.#entries
    this.#entries = []
    this.#byteCount = this.#emptyBytes
    return entries
  }
}
