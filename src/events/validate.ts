import { ValidationError } from '../errors.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import type { SegmentEvent } from '../types.ts'

/** Beyond this, Segment does not recognise a repeat. */
const MAX_MESSAGE_ID_LENGTH = 100

const ID_FIELDS = ['userId', 'anonymousId', 'groupId', 'previousId'] as const

/** Throws a ValidationError that names the first field by which Segment would refuse the event. */
export function validateEvent(event: SegmentEvent): void {
  validateIds(event)
  if (typeof event.messageId !== 'string' || event.messageId.length > MAX_MESSAGE_ID_LENGTH) {
    throw new ValidationError('.messageId', `is not a string of at most ${MAX_MESSAGE_ID_LENGTH} characters`)
  }
  if (event.type === 'track' && typeof event.event !== 'string') {
    throw new ValidationError('.event', 'is not a string: track needs the name of what happened')
  }
  validateRecord('.properties', event.properties)
  validateRecord('.traits', event.traits)
  if (event.type === 'group' && !event.groupId) {
    throw new ValidationError('.groupId', 'is nil or empty: group needs the id of the group')
  }
  if (event.type === 'alias' && !(event.userId && event.previousId)) {
    throw new ValidationError(event.userId ? '.previousId' : '.userId', 'is nil or empty: alias needs both ids')
  }
  // JSON would make it null. An object of a date library is left to its own toJSON.
  if (event.timestamp instanceof Date && Number.isNaN(event.timestamp.getTime())) {
    throw new ValidationError('.timestamp', 'is an invalid Date')
  }
}

/** Never anything but an object with fields. */
function validateRecord(field: '.properties' | '.traits', record: unknown): void {
  if (record !== undefined && !isPlainObject(record)) throw new ValidationError(field, 'is not an object')
}

function validateIds(event: SegmentEvent): void {
  let hasId = false
  for (const field of ID_FIELDS) {
    const id: unknown = event[field]
    if (id === undefined || id === null) continue
    if (typeof id !== 'string') throw new ValidationError(`.${field}`, `is not a string but a ${typeof id}`)
    if (id !== '') hasId = true
  }
  if (!hasId)
    throw new ValidationError('.userId/anonymousId/previousId/groupId', 'is nil or empty: give at least one of them')
}
