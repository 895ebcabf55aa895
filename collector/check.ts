import { type Reading, type Refusal, refuse } from './read.ts'
import { isEventType, isIsoDate, isPlainObject, type JsonObject, listProblems } from './shapes.ts'
import type { NewEvent } from './store.ts'

export const MAX_EVENT_BYTES = 32 * 1024
export const MAX_EVENT_COUNT = 2500

export type Accepted = { readonly ok: true; readonly writeKey: string; readonly events: readonly NewEvent[] }
export type Verdict = Accepted | Refusal

/** Who may send what. */
export interface Authority {
  readonly writeKeys?: readonly string[]
  /** Why a token is refused; undefined for a good one. */
  refuseToken(token: string): { status: number; message: string } | undefined
}

/** What the server says to a request: authorisation first, then the envelope, then type and size of each event. */
export function checkRequest(call: string | undefined, reading: Reading, authority: Authority): Verdict {
  const { bodyKey, content } = reading
  if (call === undefined) return refuse(404, 'no such route')
  const authorisation = authorise(reading, authority)
  if (!authorisation.ok) return authorisation
  const { writeKey } = authorisation
  if (!content.ok) return content
  if (!isPlainObject(content.value)) return refuse(400, 'the body must be a JSON object')
  if (bodyKey !== undefined && bodyKey !== writeKey) {
    return refuse(400, 'writeKey in the body differs from the one in Authorization')
  }
  return call === 'batch' ? checkBatch(content.value, writeKey) : checkSingle(call, content.value, writeKey)
}

/** The write key in whose name the request comes: with a token, it is that of the body. */
function authorise(
  { headerKey, bearer, bodyKey }: Reading,
  { writeKeys, refuseToken }: Authority,
): { ok: true; writeKey: string } | Refusal {
  const refused = bearer === undefined ? undefined : refuseToken(bearer)
  if (refused) return refuse(refused.status, refused.message)
  const writeKey = bearer === undefined ? headerKey : bodyKey
  if (writeKey === undefined && bearer === undefined) {
    return refuse(401, 'Authorization must be Basic base64(writeKey + ":") or Bearer and an access token')
  }
  if (typeof writeKey !== 'string' || writeKey === '') return refuse(400, 'with a token, the body must have a writeKey')
  if (writeKeys !== undefined && !writeKeys.includes(writeKey)) return refuse(401, 'unknown write key')
  return { ok: true, writeKey }
}

/** The events in a body, whether or not it would be accepted. */
export function listEvents(call: string | undefined, { content }: Reading): readonly unknown[] {
  if (!content.ok || !isPlainObject(content.value)) return []
  const { batch } = content.value
  if (Array.isArray(batch)) return batch
  return call === 'batch' || call === undefined ? [] : [content.value]
}

function checkSingle(type: string, event: JsonObject, writeKey: string): Verdict {
  if (!isEventType(type)) return refuse(404, 'no such route')
  if (isTooLarge(event)) return eventTooLarge()
  return { ok: true, writeKey, events: [{ type, event, problems: listProblems(event, type, false) }] }
}

function checkBatch(body: JsonObject, writeKey: string): Verdict {
  const batch: unknown = body.batch
  if (!Array.isArray(batch) || batch.length === 0) return refuse(400, 'batch must be a non-empty array')
  const shared: string[] = []
  if (!isIsoDate(body.sentAt)) shared.push('sentAt: must be ISO-8601')
  if (batch.length > MAX_EVENT_COUNT) shared.push(`batch: rejected, more than ${MAX_EVENT_COUNT} events`)

  const events: NewEvent[] = []
  for (const event of batch) {
    if (!isPlainObject(event)) return refuse(400, 'each event must be a JSON object')
    if (!isEventType(event.type)) return refuse(400, 'unknown event type')
    if (isTooLarge(event)) return eventTooLarge()
    events.push({ type: event.type, event, problems: [...shared, ...listProblems(event, event.type, true)] })
  }
  return { ok: true, writeKey, events }
}

function isTooLarge(event: JsonObject): boolean {
  return Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES
}

function eventTooLarge(): Refusal {
  return refuse(400, `event too large: at most ${MAX_EVENT_BYTES} bytes`)
}
