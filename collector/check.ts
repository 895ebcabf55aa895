import { type Reading, type Rejection, reject } from './read.ts'
import { type EventType, isEventType, isIsoDate, isPlainObject, type JsonObject, listProblems } from './shapes.ts'
import type { NewEvent } from './store.ts'

export const MAX_EVENT_BYTES = 32 * 1024
export const MAX_EVENT_COUNT = 2500
/** Far longer than any real key. */
const MAX_KEY_LENGTH = 1000

export type Accepted = { readonly ok: true; readonly writeKey: string; readonly events: readonly NewEvent[] }
export type CheckResult = Accepted | Rejection

/** A route that accepts events. */
export interface Route {
  readonly call: 'batch' | EventType
  /** Whether it is a route of analytics.js: the key can be in the body, and events lack what server libraries add. */
  readonly isBrowser: boolean
}

/** Who may send what. */
export interface Authority {
  readonly writeKeys?: readonly string[]
  /** Why a token is rejected; undefined if it is valid. */
  rejectToken(token: string): { status: number; message: string } | undefined
}

/**
 * The server's decision about a request: checks authorisation first, then the envelope, then each event's type and
 * size.
 */
export function checkRequest(route: Route | undefined, reading: Reading, authority: Authority): CheckResult {
  const { bodyKey, content } = reading
  if (route === undefined) return reject(404, 'no such route')
  const { call, isBrowser } = route
  const authorisation = authorise(reading, authority, isBrowser)
  if (!authorisation.ok) return authorisation
  const { writeKey } = authorisation
  if (!content.ok) return content
  if (!isPlainObject(content.value)) return reject(400, 'the body must be a JSON object')
  if (bodyKey !== undefined && bodyKey !== writeKey) {
    return reject(400, 'writeKey in the body differs from the one in Authorization')
  }
  return call === 'batch' ? checkBatch(content.value, writeKey, isBrowser) : checkSingle(call, content.value, writeKey)
}

/** The write key that the request is for; with a token, the one in the body. */
function authorise(
  { headerKey, bearer, bodyKey }: Reading,
  { writeKeys, rejectToken }: Authority,
  isBrowser: boolean,
): { ok: true; writeKey: string } | Rejection {
  const rejected = bearer === undefined ? undefined : rejectToken(bearer)
  if (rejected) return reject(rejected.status, rejected.message)
  const writeKey = bearer === undefined ? (headerKey ?? (isBrowser ? bodyKey : undefined)) : bodyKey
  if (writeKey === undefined && bearer === undefined) {
    return reject(401, 'Authorization must be Basic base64(writeKey + ":") or Bearer and an access token')
  }
  if (typeof writeKey !== 'string' || writeKey === '') {
    return reject(400, 'writeKey: the body must have one where Authorization does not')
  }
  if (writeKey.length > MAX_KEY_LENGTH) return reject(400, `writeKey: must have at most ${MAX_KEY_LENGTH} characters`)
  if (writeKeys !== undefined && !writeKeys.includes(writeKey)) return reject(401, 'unknown write key')
  return { ok: true, writeKey }
}

/** The events in a body, whether or not it would be accepted. */
export function listEvents(route: Route | undefined, { content }: Reading): readonly unknown[] {
  if (!content.ok || !isPlainObject(content.value)) return []
  const { batch } = content.value
  if (Array.isArray(batch)) return batch
  return route === undefined || route.call === 'batch' ? [] : [content.value]
}

function checkSingle(type: EventType, event: JsonObject, writeKey: string): CheckResult {
  const bytes = measureBytes(event)
  if (bytes > MAX_EVENT_BYTES) return eventTooLarge()
  return { ok: true, writeKey, events: [{ type, event, bytes, problems: listProblems(event, type, false) }] }
}

function checkBatch(body: JsonObject, writeKey: string, isBrowser: boolean): CheckResult {
  const batch: unknown = body.batch
  if (!Array.isArray(batch) || batch.length === 0) return reject(400, 'batch must be a non-empty array')
  const shared: string[] = []
  if (!isIsoDate(body.sentAt)) shared.push('sentAt: must be ISO-8601')
  if (batch.length > MAX_EVENT_COUNT) shared.push(`batch: rejected, more than ${MAX_EVENT_COUNT} events`)

  const events: NewEvent[] = []
  for (const event of batch) {
    if (!isPlainObject(event)) return reject(400, 'each event must be a JSON object')
    if (!isEventType(event.type)) return reject(400, 'unknown event type')
    const bytes = measureBytes(event)
    if (bytes > MAX_EVENT_BYTES) return eventTooLarge()
    const problems = [...shared, ...listProblems(event, event.type, !isBrowser)]
    events.push({ type: event.type, event, bytes, problems })
  }
  return { ok: true, writeKey, events }
}

function measureBytes(event: JsonObject): number {
  return Buffer.byteLength(JSON.stringify(event))
}

function eventTooLarge(): Rejection {
  return reject(400, `event too large: at most ${MAX_EVENT_BYTES} bytes`)
}
