import { isDeepStrictEqual } from 'node:util'
import { isPlainObject } from '../../src/lib/is-plain-object.ts'
import { type BehaviourDifference, behaviours } from './behaviours.ts'
import { type Call, UserDocument } from './calls.ts'
import type { CallComparison } from './compare.ts'
import { Recipe } from './recipe.ts'

/** A difference that is meant. The documents print all of them, see docs/migrating-from-segment.md. */
export interface IntendedDifference {
  readonly name: string
  /** What the reference does, `@segment/analytics-node` 3.1.0. */
  readonly reference: string
  readonly ours: string
  readonly why: string
}

/** One by which a call comes out differently; the comparison knows it when it sees it. */
export interface CallDifference extends IntendedDifference {
  explains(comparison: CallComparison): boolean
  /** Whether it is there with `analytics-edge/segment` as well. */
  readonly isShared?: boolean
  /** A call that shows it. */
  readonly witness: Call
}

const IDS = ['userId', 'anonymousId', 'groupId', 'previousId'] as const
const NO_ID = '.userId/anonymousId/previousId/groupId'

/** The ids that a method looks at. */
const IDS_OF: Record<Call['method'], readonly (typeof IDS)[number][]> = {
  track: ['userId', 'anonymousId'],
  identify: ['userId', 'anonymousId'],
  page: ['userId', 'anonymousId'],
  screen: ['userId', 'anonymousId'],
  group: ['userId', 'anonymousId', 'groupId'],
  alias: ['userId', 'previousId'],
}

const fieldsOf = ({ params }: Call): Record<string, unknown> => (isPlainObject(params) ? params : {})

const idsOf = (call: Call): unknown[] => IDS_OF[call.method].map((name) => fieldsOf(call)[name])

const isNil = (value: unknown): boolean => value === undefined || value === null

/** Whether ours throws for a field of the call. */
function throws({ ours }: CallComparison, ...fields: string[]): boolean {
  return ours.kind === 'threw' && ours.thrown.name === 'ValidationError' && fields.includes(String(ours.thrown.field))
}

/** Whether the reference takes the call, and ours fails its event for a field. */
function rejects({ reference, ours }: CallComparison, ...fields: string[]): boolean {
  return reference.kind !== 'threw' && ours.kind === 'invalid' && fields.includes(String(ours.failed.field))
}

const isTime = (value: unknown): boolean =>
  value instanceof Date
    ? !Number.isNaN(value.getTime())
    : typeof value === 'string' && /^\d{4}-\d\d/.test(value) && !Number.isNaN(Date.parse(value))

/** The fields of a method that may be documents. */
const listDocumentFields = (method: Call['method']) => [
  'integrations',
  'context',
  ...(['track', 'page', 'screen'].includes(method) ? ['properties'] : []),
  ...(['identify', 'group'].includes(method) ? ['traits'] : []),
]

/** Fields in which two events always differ: the library is in the context. */
const OWN_FIELDS = ['messageId', 'timestamp', 'context'] as const

const hasToJSON = (value: unknown): boolean => typeof Object(value).toJSON === 'function' && !(value instanceof Date)

const omit = (event: Record<string, unknown>, ...fields: string[]) =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !fields.includes(name)))

const hasProto = (value: unknown): boolean => isPlainObject(value) && Object.hasOwn(value, '__proto__')

const listOthers = (value: unknown) => Object.entries(Object(value)).filter(([key]) => key !== '__proto__')

export const callDifferences: readonly CallDifference[] = [
  {
    name: 'an id that is not a string',
    reference: 'throws if it is the first of the call’s ids, and names all four fields; a later one is sent unchanged',
    ours: 'also throws for the first, and names its field; a later one fails the event with `ERR_INVALID_EVENT`',
    why: 'Segment answers 200, and then drops an event with such an id',
    explains: (comparison) =>
      IDS.some((name) => {
        const id = fieldsOf(comparison)[name]
        if (isNil(id) || typeof id === 'string') return false
        return (
          rejects(comparison, `.${name}`) || (throws(comparison, `.${name}`) && comparison.reference.kind === 'threw')
        )
      }),
    witness: { method: 'track', params: { userId: 'u1', anonymousId: 5, event: 'E' } },
  },
  {
    name: 'an empty string for an id',
    reference: 'counts as an id',
    ours: 'does not count as an id: the event fails with `ERR_INVALID_EVENT` unless it has another',
    why: 'Segment drops the event, and an empty id is nearly always a variable that was never set',
    explains: (comparison) =>
      rejects(comparison, NO_ID) &&
      idsOf(comparison).includes('') &&
      idsOf(comparison).every((id) => isNil(id) || id === ''),
    witness: { method: 'identify', params: { userId: '' } },
  },
  {
    name: 'group without a groupId',
    reference: 'is sent, if there is another id',
    ours: 'fails with `ERR_INVALID_EVENT`',
    why: 'it ties the user to nothing',
    explains: (comparison) => rejects(comparison, '.groupId') && !fieldsOf(comparison).groupId,
    witness: { method: 'group', params: { userId: 'u1' } },
  },
  {
    name: 'alias without both ids',
    reference: 'is sent with one of them; without a userId, all its other fields are lost',
    ours: 'fails with `ERR_INVALID_EVENT`',
    why: 'it ties the id to nothing',
    explains: (comparison) => {
      const { userId, previousId } = fieldsOf(comparison)
      const isRejected =
        userId === undefined ? comparison.ours.kind === 'invalid' : rejects(comparison, '.userId', '.previousId')
      return comparison.method === 'alias' && isRejected && !(userId && previousId)
    },
    witness: { method: 'alias', params: { userId: 'u1' } },
  },
  {
    name: 'page or screen with properties that are not an object',
    reference: 'sends the result of spreading them, for example the letters of a string',
    ours: 'fails with `ERR_INVALID_EVENT`',
    why: 'what arrives is not what was meant',
    explains: (comparison) =>
      ['page', 'screen'].includes(comparison.method) &&
      rejects(comparison, '.properties') &&
      !isPlainObject(fieldsOf(comparison).properties),
    witness: { method: 'page', params: { userId: 'u1', properties: 'abc' } },
  },
  {
    name: 'a timestamp that is neither a Date nor an ISO 8601 string',
    reference: 'is sent unchanged; an invalid Date as null',
    ours: 'fails the event with `ERR_INVALID_EVENT`',
    why: 'Segment drops the event, or uses the current time',
    explains: (comparison) => {
      const { timestamp } = fieldsOf(comparison)
      return rejects(comparison, '.timestamp') && !isNil(timestamp) && !isTime(timestamp)
    },
    witness: { method: 'track', params: { userId: 'u1', event: 'E', timestamp: 'yesterday' } },
  },
  {
    name: 'a timestamp that is null',
    isShared: true,
    reference: 'is sent as null',
    ours: 'counts as missing: the event gets the current time',
    why: 'null means the same in every other field',
    explains: (comparison) => {
      const { reference, ours } = comparison
      if (fieldsOf(comparison).timestamp !== null || reference.kind !== 'sent' || ours.kind !== 'sent') return false
      const { timestamp } = ours.event
      return reference.event.timestamp === null && typeof timestamp === 'string' && !Number.isNaN(Date.parse(timestamp))
    },
    witness: { method: 'track', params: { userId: 'u1', event: 'E', timestamp: null } },
  },
  {
    name: 'a messageId of more than 100 characters',
    reference: 'is sent',
    ours: 'fails the event with `ERR_INVALID_EVENT`',
    why: 'Segment does not deduplicate by it',
    explains: (comparison) => {
      const { messageId } = fieldsOf(comparison)
      return rejects(comparison, '.messageId') && typeof messageId === 'string' && messageId.length > 100
    },
    witness: { method: 'track', params: { userId: 'u1', event: 'E', messageId: 'm'.repeat(101) } },
  },
  {
    name: 'a context that is not an object',
    reference: 'is replaced, or sent with a library written into it',
    ours: 'fails the event with `ERR_INVALID_EVENT`',
    why: 'what arrives is not what was meant',
    explains: (comparison) => rejects(comparison, '.context') && !isPlainObject(fieldsOf(comparison).context),
    witness: { method: 'track', params: { userId: 'u1', event: 'E', context: 'abc' } },
  },
  {
    name: 'a key called __proto__',
    isShared: true,
    reference:
      'is lost from integrations and from the properties of page and screen; if it contains an object, the event may also be lost',
    ours: 'is a key like any other',
    why: 'external data, for example from JSON.parse, may have one',
    explains: ({ reference, ours }) => {
      if (reference.kind !== 'sent' || ours.kind !== 'sent') return false
      const fields = ['integrations', 'properties'].filter(
        (field) => hasProto(ours.event[field]) && !hasProto(reference.event[field]),
      )
      const [theirs, own] = [reference, ours].map(({ event }) => fields.map((field) => listOthers(event[field])))
      return fields.length > 0 && isDeepStrictEqual(theirs, own)
    },
    witness: { method: 'track', params: { userId: 'u1', event: 'E', integrations: JSON.parse('{"__proto__":true}') } },
  },
  {
    name: 'an object with a toJSON',
    isShared: true,
    reference: 'is spread: fields that its toJSON hides may be sent, and fields that plugins add may be lost',
    ours: 'is converted by its toJSON before anything else reads it',
    why: 'fields that a document hides, such as a password hash, must stay hidden',
    explains: (comparison) => {
      const { reference, ours } = comparison
      const fields = listDocumentFields(comparison.method).filter((field) => hasToJSON(fieldsOf(comparison)[field]))
      if (fields.length === 0 || reference.kind !== 'sent' || ours.kind !== 'sent') return false
      const isAsRead = (field: string) => {
        const read: unknown = JSON.parse(JSON.stringify(fieldsOf(comparison)[field]))
        return isDeepStrictEqual({ ...Object(ours.event[field]), ...Object(read) }, ours.event[field])
      }
      const [theirs, own] = [reference, ours].map(({ event }) => omit(event, ...OWN_FIELDS, ...fields))
      return fields.every(isAsRead) && isDeepStrictEqual(theirs, own)
    },
    witness: { method: 'page', params: new Recipe(() => ({ userId: 'u1', properties: new UserDocument() })) },
  },
  {
    name: 'parameters that are not an object',
    reference: 'a TypeError, or an error about a field',
    ours: 'a ValidationError that names the parameters',
    why: 'the call has the old form `track(userId, event)`, and the error should say so',
    explains: (comparison) =>
      throws(comparison, 'params') && comparison.reference.kind === 'threw' && !isPlainObject(comparison.params),
    witness: { method: 'track', params: undefined },
  },
]

/** With `analytics-edge/segment`, whatever the reference sends is sent; what is left are differences in what arrives. */
export const dropInDifferences: readonly CallDifference[] = [
  {
    name: 'alias without a userId',
    reference: 'loses all its other fields: context, integrations, timestamp, messageId',
    ours: 'keeps them',
    why: 'the call had them',
    explains: (comparison) => {
      const { reference, ours, method } = comparison
      if (method !== 'alias' || fieldsOf(comparison).userId !== undefined) return false
      if (reference.kind !== 'sent' || ours.kind !== 'sent') return false
      return reference.event.previousId === ours.event.previousId
    },
    witness: { method: 'alias', params: { previousId: 'p1', context: { ip: '192.0.2.1' } } },
  },
  {
    name: 'a context that is not an object',
    reference: 'is replaced, or sent unchanged',
    ours: 'is replaced',
    why: 'no destination can read it',
    explains: (comparison) => {
      const { reference, ours } = comparison
      const { context } = fieldsOf(comparison)
      if (context === undefined || isPlainObject(context)) return false
      if (reference.kind !== 'sent' || ours.kind !== 'sent') return false
      const [theirs, own] = [reference, ours].map(({ event }) => omit(event, ...OWN_FIELDS))
      return isPlainObject(ours.event.context) && isDeepStrictEqual(theirs, own)
    },
    witness: { method: 'track', params: { userId: 'u1', event: 'E', context: [1] } },
  },
  ...callDifferences.filter(({ isShared }) => isShared),
]

export const dropInBehaviours: readonly BehaviourDifference[] = behaviours.filter(({ isMainOnly }) => !isMainOnly)

/** As docs/migrating-from-segment.md prints them: first what is there with both entries. */
export const dropInTable: readonly IntendedDifference[] = [...dropInDifferences, ...dropInBehaviours]
export const mainTable: readonly IntendedDifference[] = [...callDifferences, ...behaviours].filter(
  (difference) => !dropInTable.includes(difference),
)
export { type BehaviourDifference, behaviours }
