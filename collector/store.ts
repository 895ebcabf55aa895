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
  /** From the Authorization header, else from the body. Absent when neither has one. */
  readonly writeKey?: string
  /** Of the OAuth app, in a request for a token. */
  readonly clientId?: string
  /** Names in lower case; `authorization` is only its scheme. */
  readonly headers: Readonly<Record<string, string>>
  /** `X-Retry-Count`, 0 when absent. */
  readonly retryCount: number
  readonly eventCount: number
  /** Size of the body as it was sent, so compressed when `encoding` is gzip. */
  readonly bytes: number
  readonly encoding: string
  readonly sentAt?: string
  readonly messageIds: readonly string[]
  /** `aborted`: the client went away before the answer. */
  status: number | 'pending' | 'hang' | 'reset' | 'aborted'
  /** Why it was refused. */
  reason?: string
  /** Until the answer was sent, or the connection ended. */
  durationMs?: number
}

export interface Filter {
  writeKey?: string | undefined
  /** Of requests for a token. */
  clientId?: string | undefined
}

export type NewRequest = Omit<RequestRecord, 'index' | 'at' | 'status' | 'reason' | 'durationMs'>
export type NewEvent = Pick<ReceivedEvent, 'type' | 'event' | 'problems'>

/** What the collector has seen since it started or was cleared. */
export class Store {
  #requests: RequestRecord[] = []
  #events: ReceivedEvent[] = []
  #nextIndex = 0
  readonly #acceptedIds = new Map<string, Set<string>>()

  addRequest(request: NewRequest): RequestRecord {
    const row: RequestRecord = {
      index: this.#nextIndex++,
      at: new Date().toISOString(),
      ...request,
      status: 'pending',
    }
    this.#requests.push(row)
    return row
  }

  addEvent(writeKey: string, requestIndex: number, received: NewEvent): ReceivedEvent {
    const { type, event, problems } = received
    const duplicate = this.#isDuplicate(writeKey, event.messageId, problems.length === 0)
    const receivedAt = new Date().toISOString()
    const row: ReceivedEvent = { writeKey, requestIndex, receivedAt, type, event, problems, duplicate }
    this.#events.push(row)
    return row
  }

  events(filter: Filter = {}): ReceivedEvent[] {
    return this.#events.filter((row) => matches(row, filter))
  }

  requests(filter: Filter = {}): RequestRecord[] {
    return this.#requests.filter((row) => matches(row, filter))
  }

  /** Indexes go on where they were, so that a row never shares its index with an earlier one. */
  clear(filter: Filter = {}): void {
    this.#requests = this.#requests.filter((row) => !matches(row, filter))
    this.#events = this.#events.filter((row) => !matches(row, filter))
    if (filter.writeKey === undefined && filter.clientId === undefined) this.#acceptedIds.clear()
    else if (filter.writeKey !== undefined) this.#acceptedIds.delete(filter.writeKey)
  }

  #isDuplicate(writeKey: string, messageId: unknown, accepted: boolean): boolean {
    if (typeof messageId !== 'string') return false
    const ids = this.#acceptedIds.get(writeKey) ?? new Set<string>()
    if (ids.has(messageId)) return true
    // A dropped event may be sent again, mended or in a smaller batch: that is no duplicate.
    if (accepted) this.#acceptedIds.set(writeKey, ids.add(messageId))
    return false
  }
}

function matches(row: { writeKey?: string; clientId?: string }, { writeKey, clientId }: Filter): boolean {
  return (writeKey === undefined || row.writeKey === writeKey) && (clientId === undefined || row.clientId === clientId)
}
