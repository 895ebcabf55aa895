import { ValidationError } from '../errors.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import { describeValue } from '../settings/check.ts'
import type { SegmentEvent } from '../types.ts'

const MARK = 'analytics-edge'
const VERSION = 1

/** A message is the events' JSON between these two. */
export const MESSAGE_START = '{"analytics-edge":1,"events":['
export const MESSAGE_END = ']}'

/**
 * Reads the events of a message that a hand-over has put into a queue, for `send()`.
 *
 * @param body the body of the message: its text, or the value that the queue has parsed from it
 * @throws ValidationError for a foreign message; it names what is wrong
 */
export function readHandedOver(body: unknown): SegmentEvent[] {
  const message = typeof body === 'string' ? parse(body) : body
  if (!isPlainObject(message) || !(MARK in message)) {
    throw new ValidationError('body', `is not a message of ${MARK}: it has no field '${MARK}'`)
  }
  const { [MARK]: version, events } = message
  if (version !== VERSION) {
    throw new ValidationError(
      `body.${MARK}`,
      `must be ${VERSION}; it is ${describeValue(version)}. A newer version of the package may be able to read it`,
    )
  }
  if (!Array.isArray(events))
    throw new ValidationError('body.events', `must be an array; it is ${describeValue(events)}`)
  // `send()` checks each event.
  return events
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ValidationError('body', `is not a message of ${MARK}: it is not JSON`)
  }
}
