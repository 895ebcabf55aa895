export const EVENT_TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const
export type EventType = (typeof EVENT_TYPES)[number]
export type JsonObject = Record<string, unknown>

const MAX_MESSAGE_ID_LENGTH = 100
const IDS = ['userId', 'anonymousId', 'groupId', 'previousId'] as const
const ISO_8601 = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

export function isEventType(value: unknown): value is EventType {
  return EVENT_TYPES.some((type) => type === value)
}

/** For values from JSON, which are plain objects unless they are null or arrays. */
export function isPlainObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isIsoDate(value: unknown): boolean {
  return typeof value === 'string' && ISO_8601.test(value) && !Number.isNaN(Date.parse(value))
}

/**
 * Lists reasons for the server to drop the event, and fields that `@segment/analytics-node` always sends but this event
 * lacks. On single-call routes, whose requests may be written by hand, the library's automatic fields are not required.
 */
export function listProblems(event: JsonObject, type: EventType, inBatch: boolean): string[] {
  const problems: string[] = []
  const require = (fine: boolean, problem: string): void => {
    if (!fine) problems.push(problem)
  }
  const requireObject = (field: string, required: boolean): void => {
    const value = event[field]
    require(value === undefined ? !required : isPlainObject(value), `${field}: must be a plain object`)
  }
  const { messageId, timestamp } = event

  require(typeof messageId === 'string' && messageId !== '', 'messageId: must be a non-empty string')
  require(typeof messageId !== 'string' ||
    messageId.length <= MAX_MESSAGE_ID_LENGTH, `messageId: must have at most ${MAX_MESSAGE_ID_LENGTH} characters`)
  require(timestamp === undefined ? !inBatch : isIsoDate(timestamp), 'timestamp: must be ISO-8601')
  require(event.type === undefined || event.type === type, `type: must be ${type} on this route`)

  for (const id of IDS) require(isAbsent(event[id]) || typeof event[id] === 'string', `${id}: must be a string`)
  require(IDS.some((id) => isUsable(event[id])), `no usable id: one of ${IDS.join(', ')} must be a non-empty string`)

  requireObject('context', inBatch)
  requireObject('integrations', inBatch)
  if (inBatch) {
    require(hasLibrary(event.context), 'context.library: must have a name and a version')
    const metadata = event._metadata
    require(isPlainObject(metadata) && isUsable(metadata.jsRuntime), '_metadata.jsRuntime: must be a non-empty string')
  }

  requireObject('properties', inBatch && type === 'track')
  requireObject('traits', inBatch && (type === 'identify' || type === 'group'))
  if (type === 'track') require(typeof event.event === 'string', 'event: must be a string')
  if (type === 'group') require(isUsable(event.groupId), 'groupId: must be a non-empty string')
  if (type === 'alias') {
    require(isUsable(event.userId), 'userId: must be a non-empty string')
    require(isUsable(event.previousId), 'previousId: must be a non-empty string')
  }
  if (type === 'page' || type === 'screen') {
    for (const field of ['name', 'category']) {
      require(isAbsent(event[field]) || typeof event[field] === 'string', `${field}: must be a string`)
    }
  }
  return problems
}

function hasLibrary(context: unknown): boolean {
  if (!isPlainObject(context) || !isPlainObject(context.library)) return false
  return isUsable(context.library.name) && isUsable(context.library.version)
}

/** Segment's browser library sends `userId: null` for unknown visitors, so null counts as absent. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

function isUsable(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
