import { ValidationError } from '../errors.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import { refuse } from '../settings/check.ts'
import type { SegmentEvent } from '../types.ts'

/** Beyond this, Segment does not recognise a repeat. */
const MAX_MESSAGE_ID_LENGTH = 100

/** Answers with the event, or throws a ValidationError that names the first field by which Segment would refuse it. */
export function validateEvent(event: SegmentEvent): SegmentEvent {
  const { type, userId, anonymousId, groupId, previousId, messageId, timestamp } = event
  validateId('.userId', userId)
  validateId('.anonymousId', anonymousId)
  validateId('.groupId', groupId)
  validateId('.previousId', previousId)
  if (!(userId || anonymousId || groupId || previousId)) {
    throw new ValidationError('.userId/anonymousId/previousId/groupId', 'must not all be empty')
  }
  if (typeof messageId !== 'string' || messageId.length > MAX_MESSAGE_ID_LENGTH) {
    refuse('.messageId', `a string of at most ${MAX_MESSAGE_ID_LENGTH} characters`, messageId)
  }
  if (type === 'track' && typeof event.event !== 'string') refuse('.event', 'a string', event.event)
  validateRecord('.properties', event.properties)
  validateRecord('.traits', event.traits)
  if (type === 'group') requireId('.groupId', groupId)
  if (type === 'alias') {
    requireId('.userId', userId)
    requireId('.previousId', previousId)
  }
  // JSON would make it null. An object of a date library is left to its own toJSON.
  if (timestamp instanceof Date && Number.isNaN(timestamp.getTime())) refuse('.timestamp', 'a valid Date', timestamp)
  return event
}

function validateId(field: string, id: unknown): void {
  if (id !== undefined && id !== null && typeof id !== 'string') refuse(field, 'a string', id)
}

/** Never anything but an object with fields. */
function validateRecord(field: string, record: unknown): void {
  if (record !== undefined && !isPlainObject(record)) refuse(field, 'a plain object', record)
}

function requireId(field: string, id: unknown): void {
  if (!id) refuse(field, 'a non-empty string', id)
}
