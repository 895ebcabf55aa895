import { DeliveryError, ValidationError } from '../errors.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import { readAsJson } from '../lib/read-as-json.ts'
import { describeValue } from '../settings/check.ts'
import type { SegmentEvent } from '../types.ts'
import { nameEvent } from './name-event.ts'

/** Segment does not deduplicate longer ids. */
const MAX_MESSAGE_ID_LENGTH = 100

/** A date with an optional time and offset (ISO 8601, extended format). */
const ISO_8601 = /^[+-]?\d{4,6}-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?)?$/i
const MAX_TIMESTAMP_LENGTH = 40

const ID_FIELDS = ['userId', 'anonymousId', 'groupId', 'previousId'] as const
const ANY_ID = '.userId/anonymousId/previousId/groupId'

/**
 * Returns the event, or throws for the first invalid field: a ValidationError if Segment's library also throws,
 * otherwise an ERR_INVALID_EVENT, which the call does not throw.
 *
 * @param isLenient whether to skip the second kind, and to name fields as Segment's library does
 */
export function validateEvent(event: SegmentEvent, isLenient = false): SegmentEvent {
  const { type, userId, anonymousId, groupId, previousId, messageId } = event
  const firstId = userId ?? anonymousId ?? groupId ?? previousId
  if (firstId === undefined || firstId === null) {
    throw new ValidationError(ANY_ID, `of ${nameEvent(event)} must not all be empty`)
  }
  if (typeof firstId !== 'string') {
    const field = ID_FIELDS.find((name) => event[name] !== undefined && event[name] !== null)
    throwInvalidField(event, isLenient ? ANY_ID : `.${field}`, 'a string', firstId)
  }
  // For an alias without a userId, Segment's library drops all other fields.
  const isDropped = type === 'alias' && userId === undefined
  if (typeof messageId !== 'string' && !isDropped) throwInvalidField(event, '.messageId', 'a string', messageId)
  if (type === 'track') {
    if (typeof event.event !== 'string') throwInvalidField(event, '.event', 'a string', event.event)
    if (!isPlainObject(event.properties)) throwInvalidField(event, '.properties', 'a plain object', event.properties)
  } else if (type === 'identify' || type === 'group') {
    if (!isPlainObject(event.traits)) throwInvalidField(event, '.traits', 'a plain object', event.traits)
  }
  if (!isLenient) rejectUnusable(event)
  return event
}

/** Rejects values that Segment's library accepts but Segment drops or misreads. */
export function rejectUnusable(event: SegmentEvent): void {
  const { type, userId, anonymousId, groupId, previousId, messageId, properties } = event
  // Not a loop, because this runs for every event.
  if (!isId(userId)) reject(event, '.userId', 'a string', userId)
  if (!isId(anonymousId)) reject(event, '.anonymousId', 'a string', anonymousId)
  if (!isId(groupId)) reject(event, '.groupId', 'a string', groupId)
  if (!isId(previousId)) reject(event, '.previousId', 'a string', previousId)
  if (!(userId || anonymousId || groupId || previousId)) {
    reject(event, ANY_ID, 'at least one non-empty string', '')
  }
  if (typeof messageId !== 'string' || messageId.length > MAX_MESSAGE_ID_LENGTH) {
    reject(event, '.messageId', `a string of at most ${MAX_MESSAGE_ID_LENGTH} characters`, messageId)
  }
  if (properties !== undefined && !isPlainObject(properties)) {
    reject(event, '.properties', 'a plain object', properties)
  }
  if (type === 'group' && !groupId) reject(event, '.groupId', 'a non-empty string', groupId)
  if (type === 'alias' && !userId) reject(event, '.userId', 'a non-empty string', userId)
  if (type === 'alias' && !previousId) reject(event, '.previousId', 'a non-empty string', previousId)
}

/** Rejects anything that is not a Date, an ISO 8601 text, or a date library's object that serialises to one. */
export function validateTimestamp(event: SegmentEvent, value: unknown): void {
  const isDate = value instanceof Date && !Number.isNaN(value.getTime())
  if (!isDate && !isTimestamp(readAsJson(value))) {
    reject(event, '.timestamp', 'a valid Date or an ISO 8601 string', value)
  }
}

function isTimestamp(text: unknown): boolean {
  const isIso = typeof text === 'string' && text.length <= MAX_TIMESTAMP_LENGTH && ISO_8601.test(text)
  return isIso && !Number.isNaN(Date.parse(text))
}

/** Throws the reason with which an invalid event fails. */
export function reject(
  event: { type: string; event?: unknown },
  field: string,
  allowed: string,
  value: unknown,
): never {
  throw new DeliveryError('ERR_INVALID_EVENT', `${field} ${describe(event, allowed, value)}`, { field })
}

function throwInvalidField(event: SegmentEvent, field: string, allowed: string, value: unknown): never {
  throw new ValidationError(field, describe(event, allowed, value))
}

function describe(event: { type: string; event?: unknown }, allowed: string, value: unknown): string {
  return `of ${nameEvent(event)} must be ${allowed}; it is ${describeValue(value)}`
}

function isId(id: unknown): boolean {
  return id === undefined || id === null || typeof id === 'string'
}
