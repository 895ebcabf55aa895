import { BoundedLog, type Limits } from './bounded-log.ts'
import type { EventType } from './shapes.ts'

/** One event as the collector got it, accepted or not. */
export interface ReceivedEvent {
  readonly writeKey: string
  /** `index` of the request that carried it. */
  readonly requestIndex: number
  /** ISO-8601. */
  readonly receivedAt: string
  readonly type: EventType
  /** The event exactly as parsed. */
  readonly event: Readonly<Record<string, unknown>>
  /** Why the real server would drop it, although it answered 200. Empty for a good event. */
  readonly problems: readonly string[]
  /** An event without problems and with the same `messageId` and write key came before. */
  readonly duplicate: boolean
}

/** One request outside of `/_/`, answered or not. `status`, `reason` and `durationMs` are filled in as it is answered. */
export interface RequestRecord {
  readonly index: number
  /** ISO-8601. */
  readonly at: string
  readonly method: string
  readonly path: string
  /** From the Authorization header, otherwise from the body. Absent if neither has one. */
  readonly writeKey?: string
  /** Of the OAuth app, in a request for a token. */
  readonly clientId?: string
  /** With names in lower case, and only the scheme of `authorization`. */
  readonly headers: Readonly<Record<string, string>>
  /** `X-Retry-Count`; 0 if it is absent or no count. */
  readonly retryCount: number
  readonly eventCount: number
  /** Size of the body as sent: compressed if `encoding` is gzip. */
  readonly bytes: number
  readonly encoding: string
  readonly sentAt?: string
  readonly messageIds: readonly string[]
  /** `aborted`: the client went away before the answer. */
  status: number | 'pending' | 'hang' | 'reset' | 'aborted'
  /** Why it was rejected. */
  reason?: string
  /** Until the answer was sent, or the connection was closed. */
  durationMs?: number
}

export interface Filter {
  writeKey?: string | undefined
  /** Of requests for a token. */
  clientId?: string | undefined
}

export type NewRequest = Omit<RequestRecord, 'index' | 'at' | 'status' | 'reason' | 'durationMs'>
export type NewEvent = Pick<ReceivedEvent, 'type' | 'event' | 'problems'> & { readonly bytes: number }

/** Memory of any string, in addition to its characters. */
const STRING_BYTES = 20
/** A message id is remembered longer than its event, because Segment deduplicates over a day. */
const IDS_PER_EVENT = 10

/** What the collector has received since it started or was cleared. */
export class Store {
  readonly #requests: BoundedLog<RequestRecord>
  readonly #events: BoundedLog<ReceivedEvent>
  #nextIndex = 0
  readonly #maxIdCount: number
  /** From `buildIdKey`, oldest first. */
  readonly #acceptedIds = new Set<string>()

  constructor(limits: Limits = {}) {
    this.#requests = new BoundedLog(limits)
    this.#events = new BoundedLog(limits)
    this.#maxIdCount = (limits.maxCount ?? Number.POSITIVE_INFINITY) * IDS_PER_EVENT
  }

  addRequest(request: NewRequest): RequestRecord {
    return this.restoreRequest({ at: new Date().toISOString(), ...request, status: 'pending' })
  }

  /** Adds a request from an earlier run, with a new index. */
  restoreRequest(request: Omit<RequestRecord, 'index'>): RequestRecord {
    const row: RequestRecord = { ...request, index: this.#nextIndex++ }
    this.#requests.push(row, measureRequest(row))
    return row
  }

  addEvent(writeKey: string, requestIndex: number, received: NewEvent, at = new Date().toISOString()): ReceivedEvent {
    const { type, event, problems, bytes } = received
    const duplicate = this.#isDuplicate(writeKey, event.messageId, problems.length === 0)
    const row: ReceivedEvent = { writeKey, requestIndex, receivedAt: at, type, event, problems, duplicate }
    this.#events.push(row, bytes)
    return row
  }

  events(filter: Filter = {}): ReceivedEvent[] {
    return this.#events.list().filter((row) => matches(row, filter))
  }

  requests(filter: Filter = {}): RequestRecord[] {
    return this.#requests.list().filter((row) => matches(row, filter))
  }

  /** Indexes continue, so that a row never shares its index with an earlier one. */
  clear(filter: Filter = {}): void {
    this.#requests.remove((row) => matches(row, filter))
    this.#events.remove((row) => matches(row, filter))
    if (filter.writeKey === undefined && filter.clientId === undefined) this.#acceptedIds.clear()
    if (filter.writeKey === undefined) return
    const start = buildIdKey(filter.writeKey, '')
    for (const key of this.#acceptedIds) if (key.startsWith(start)) this.#acceptedIds.delete(key)
  }

  #isDuplicate(writeKey: string, messageId: unknown, accepted: boolean): boolean {
    if (typeof messageId !== 'string') return false
    const key = buildIdKey(writeKey, messageId)
    if (this.#acceptedIds.has(key)) return true
    // A dropped event may be sent again, corrected or in a smaller batch; that is not a duplicate.
    if (!accepted) return false
    this.#acceptedIds.add(key)
    const [oldest] = this.#acceptedIds
    if (this.#acceptedIds.size > this.#maxIdCount && oldest !== undefined) this.#acceptedIds.delete(oldest)
    return false
  }
}

/** The most memory that a row takes. A body may be compressed; what is kept of it is not. */
export function measureRequest(row: RequestRecord): number {
  const { bytes, path, headers, messageIds, writeKey = '', clientId = '', sentAt = '' } = row
  const texts = [path, writeKey, clientId, sentAt, ...Object.entries(headers).flat(), ...messageIds]
  return texts.reduce((sum, text) => sum + String(text).length + STRING_BYTES, bytes)
}

/** The length distinguishes keys if one is a prefix of the other. */
function buildIdKey(writeKey: string, messageId: string): string {
  return `${writeKey.length} ${writeKey} ${messageId}`
}

/** Whether a filter selects the row; an empty filter selects all. */
export function matches(row: Filter, { writeKey, clientId }: Filter): boolean {
  return (writeKey === undefined || row.writeKey === writeKey) && (clientId === undefined || row.clientId === clientId)
}
