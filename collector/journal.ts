import { BoundedLog, type Limits } from './bounded-log.ts'
import { describeEvent, type EventSummary, identifyInvocation } from './describe-event.ts'
import { createLinter, type Finding } from './lint/index.ts'
import { maskEvent, maskKey } from './secrets.ts'
import { isPlainObject } from './shapes.ts'
import { type Filter, matches, measureRequest, type RequestRecord } from './store.ts'
import type { PlanCheck } from './tracking-plan/check-plan.ts'

/** One event, however often it arrived, or a request from which no event could be read. */
export interface Line extends EventSummary {
  readonly id: number
  /** ISO 8601: when it first arrived. */
  readonly at: string
  /** As it arrived, with its write key masked. Empty without an event. */
  readonly json: string
  readonly bytes: number
  /** The first characters of the write key. */
  readonly key: string
  /** The invocation that the event comes from, or else its request; related events share it. */
  readonly invocation: string
  /** Why the real server would drop it. */
  readonly problems: readonly string[]
  /** Violations of Segment's spec and of the plan. */
  readonly findings: readonly Finding[]
  /** `index` of each request that contained it, in order; if there are very many, only the first and the latest. */
  readonly attempts: readonly number[]
  /** How often it was accepted, not counting before it was without problems; more than once is a duplicate. */
  readonly acceptedCount: number
}

/** A request as the page shows it, without secrets. */
export type RequestView = Omit<RequestRecord, 'writeKey' | 'messageIds'> & { readonly key: string }

/** A request with its contents, as passed to the journal. */
export interface Arrival {
  readonly row: RequestRecord
  /** Included whether or not they were accepted. */
  readonly events: readonly unknown[]
  readonly isAccepted: boolean
  /** Per event, in the same order; absent if nothing was accepted. */
  readonly problems: readonly (readonly string[])[]
}

/** Limited, because a program that gives all its events the same id repeats it forever. */
const MAX_ATTEMPTS = 100

interface Row {
  line: Line
  readonly writeKey: string | undefined
  readonly clientId: string | undefined
  readonly messageKey: string | undefined
}

export interface JournalListener {
  onLine(line: Line): void
  onRequest(index: number): void
  onClear(): void
}

/** What the page shows. */
export class Journal {
  readonly #rows: BoundedLog<Row>
  readonly #requests: BoundedLog<RequestRecord>
  readonly #byMessage = new Map<string, Row>()
  readonly #listeners = new Set<JournalListener>()
  #lint = createLinter()
  #nextId = 1
  readonly #maxCount: number
  readonly #checkPlan: PlanCheck

  constructor(limits: Limits, checkPlan: PlanCheck = () => []) {
    this.#checkPlan = checkPlan
    this.#maxCount = limits.maxCount ?? Number.POSITIVE_INFINITY
    this.#rows = new BoundedLog(limits, ({ line }) => line.id)
    this.#requests = new BoundedLog(limits, ({ index }) => index)
  }

  listen(listener: JournalListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** What it has, oldest first. */
  ids(): { lines: Iterable<number>; requests: Iterable<number> } {
    return { lines: this.#rows.keys(), requests: this.#requests.keys() }
  }

  /** The oldest that it has. */
  firstLine(): number {
    const [first = this.#nextId] = this.#rows.keys()
    return first
  }

  /** As it is now; undefined once it has been dropped or cleared. */
  readonly line = (id: number): Line | undefined => this.#rows.get(id)?.line

  /** As it is now; undefined once it has been dropped or cleared. */
  readonly request = (index: number): RequestView | undefined => {
    const row = this.#requests.get(index)
    return row && toView(row)
  }

  add(arrival: Arrival): void {
    const { row, events } = arrival
    this.#requests.push(row, measureRequest(row))
    this.update(row)
    // A hostile body can contain 250,000 events.
    events.slice(0, this.#maxCount).forEach((event, index) => {
      this.#addEvent(arrival, event, arrival.problems[index] ?? [])
    })
    if (events.length === 0) this.#addWithoutEvent(row)
  }

  /** Called when the request has been answered or abandoned. Does nothing if it has been cleared in the meantime. */
  update({ index }: RequestRecord): void {
    if (this.#requests.get(index) === undefined) return
    for (const listener of this.#listeners) listener.onRequest(index)
  }

  clear(filter: Filter = {}): void {
    this.#rows.remove((row) => matches(row, filter))
    this.#requests.remove((row) => matches(row, filter))
    for (const [key, row] of this.#byMessage) if (matches(row, filter)) this.#byMessage.delete(key)
    this.#lint = createLinter()
    for (const listener of this.#listeners) listener.onClear()
  }

  #addEvent({ row, isAccepted }: Arrival, event: unknown, problems: readonly string[]): void {
    const writeKey = row.writeKey
    const messageId = isPlainObject(event) ? event.messageId : undefined
    const messageKey = typeof messageId === 'string' ? JSON.stringify([writeKey ?? '', messageId]) : undefined
    const known = messageKey === undefined ? undefined : this.#byMessage.get(messageKey)
    if (known !== undefined) {
      this.#put(known, {
        ...known.line,
        // A rejected request was not checked. An accepted one may have been corrected.
        problems: isAccepted ? problems : known.line.problems,
        attempts: addAttempt(known.line.attempts, row.index),
        acceptedCount:
          known.line.acceptedCount + Number(isAccepted && (problems.length === 0 || known.line.acceptedCount > 0)),
      })
      return
    }
    const json = JSON.stringify(event)
    const masked = maskEvent(event)
    const summary = describeEvent(event, row.path)
    const planned = this.#checkPlan(summary.type, event)
    const added: Row = {
      writeKey,
      clientId: row.clientId,
      messageKey,
      line: {
        ...this.#start(row),
        ...summary,
        json: masked === event ? json : JSON.stringify(masked),
        bytes: Buffer.byteLength(json),
        invocation: identifyInvocation(event) ?? `request ${row.index}`,
        problems,
        findings: [
          ...this.#lint(event, { receivedAt: row.at, sentAt: row.sentAt }),
          ...('then' in planned ? [] : planned),
        ],
        acceptedCount: Number(isAccepted && problems.length === 0),
      },
    }
    this.#append(added)
    if ('then' in planned) void planned.then((findings) => this.#addFindings(added, findings))
  }

  /** Does nothing if the row has been dropped in the meantime. */
  #addFindings(row: Row, findings: readonly Finding[]): void {
    if (findings.length === 0 || this.#rows.get(row.line.id) !== row) return
    this.#put(row, { ...row.line, findings: [...row.line.findings, ...findings] })
  }

  #addWithoutEvent(row: RequestRecord): void {
    const name = `${row.method} ${row.path}`.slice(0, 200)
    const summary: EventSummary = { type: 'request', name, user: row.clientId ?? '', library: '' }
    const none = { json: '', bytes: 0, invocation: `request ${row.index}`, problems: [], findings: [] }
    const line: Line = { ...this.#start(row), ...summary, ...none, acceptedCount: 0 }
    this.#append({ writeKey: row.writeKey, clientId: row.clientId, messageKey: undefined, line })
  }

  #start(row: RequestRecord): Pick<Line, 'id' | 'at' | 'key' | 'attempts'> {
    return { id: this.#nextId++, at: row.at, key: maskKey(row.writeKey), attempts: [row.index] }
  }

  #append(row: Row): void {
    if (row.messageKey !== undefined) this.#byMessage.set(row.messageKey, row)
    for (const { messageKey } of this.#rows.push(row, row.line.json.length + (row.messageKey?.length ?? 0))) {
      if (messageKey !== undefined) this.#byMessage.delete(messageKey)
    }
    this.#put(row, row.line)
  }

  #put(row: Row, line: Line): void {
    row.line = line
    for (const listener of this.#listeners) listener.onLine(line)
  }
}

/** A request may contain an event twice. */
function addAttempt(attempts: readonly number[], index: number): readonly number[] {
  if (attempts.at(-1) === index) return attempts
  const [first, ...others] = attempts
  return first === undefined ? [index] : [first, ...others.slice(2 - MAX_ATTEMPTS), index]
}

function toView({ writeKey, messageIds, ...row }: RequestRecord): RequestView {
  return { ...row, key: maskKey(writeKey) }
}
