import { BoundedLog, type Limits } from './bounded-log.ts'
import { describeEvent, type EventSummary, identifyInvocation } from './describe-event.ts'
import { createLinter, type Finding } from './lint/index.ts'
import { maskEvent, maskKey } from './secrets.ts'
import { isPlainObject } from './shapes.ts'
import { type Filter, measureRequest, type RequestRecord } from './store.ts'
import type { PlanCheck } from './tracking-plan/check-plan.ts'

/** One event, however often it came, or a request in which there was none to be read. */
export interface Line extends EventSummary {
  readonly id: number
  /** ISO-8601: when it first came. */
  readonly at: string
  /** As it came, with its write key masked. Empty without an event. */
  readonly json: string
  readonly bytes: number
  /** Of the write key, its first characters. */
  readonly key: string
  /** What its requests have in common with those of other events. */
  readonly invocation: string
  /** Why the real server would drop it. */
  readonly problems: readonly string[]
  /** What Segment's spec says is wrong, and what a plan says. */
  readonly findings: readonly Finding[]
  /** `index` of each request that carried it, in order; of very many, the first and the latest. */
  readonly attempts: readonly number[]
  /** How often it was accepted: twice is a duplicate. */
  readonly acceptedCount: number
}

/** A request as the page shows it: without secrets. */
export type RequestView = Omit<RequestRecord, 'writeKey' | 'messageIds'> & { readonly key: string }

/** A request and what was in it, as the journal is told of it. */
export interface Arrival {
  readonly row: RequestRecord
  /** Whether or not they were accepted. */
  readonly events: readonly unknown[]
  readonly isAccepted: boolean
  /** Of each event, in the same order; absent when nothing was accepted. */
  readonly problems: readonly (readonly string[])[]
}

/** A program that gives all its events one id sends it without end. */
const MAX_ATTEMPTS = 100

interface Row {
  line: Line
  readonly writeKey: string | undefined
  readonly messageKey: string | undefined
}

export interface JournalListener {
  onLine(line: Line): void
  onRequest(view: RequestView): void
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
    this.#rows = new BoundedLog(limits)
    this.#requests = new BoundedLog(limits)
  }

  listen(listener: JournalListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  lines(): Line[] {
    return this.#rows.list().map(({ line }) => line)
  }

  requests(): RequestView[] {
    return this.#requests.list().map(toView)
  }

  add(arrival: Arrival): void {
    const { row, events } = arrival
    this.#requests.push(row, measureRequest(row))
    this.update(row)
    // A hostile body can hold 250,000 of them.
    events.slice(0, this.#maxCount).forEach((event, index) => {
      this.#addEvent(arrival, event, arrival.problems[index] ?? [])
    })
    if (events.length === 0) this.#addWithoutEvent(row)
  }

  /** The request has been answered, or given up. */
  update(row: RequestRecord): void {
    for (const listener of this.#listeners) listener.onRequest(toView(row))
  }

  clear({ writeKey }: Filter = {}): void {
    this.#rows.remove((row) => writeKey === undefined || row.writeKey === writeKey)
    this.#requests.remove((row) => writeKey === undefined || row.writeKey === writeKey)
    for (const [key, row] of this.#byMessage) {
      if (writeKey === undefined || row.writeKey === writeKey) this.#byMessage.delete(key)
    }
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
        problems: problems.length > 0 ? problems : known.line.problems,
        attempts: addAttempt(known.line.attempts, row.index),
        acceptedCount: known.line.acceptedCount + Number(isAccepted),
      })
      return
    }
    const json = JSON.stringify(event)
    const masked = maskEvent(event)
    const summary = describeEvent(event, row.path)
    const planned = this.#checkPlan(summary.type, event)
    const added: Row = {
      writeKey,
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
        acceptedCount: Number(isAccepted),
      },
    }
    this.#append(added)
    if ('then' in planned) void planned.then((findings) => this.#addFindings(added, findings))
  }

  /** Unless it has given way meanwhile. */
  #addFindings(row: Row, findings: readonly Finding[]): void {
    if (findings.length === 0 || !this.#rows.list().includes(row)) return
    this.#put(row, { ...row.line, findings: [...row.line.findings, ...findings] })
  }

  #addWithoutEvent(row: RequestRecord): void {
    const name = `${row.method} ${row.path}`.slice(0, 200)
    const summary: EventSummary = { type: 'request', name, user: row.clientId ?? '', library: '' }
    const none = { json: '', bytes: 0, invocation: `request ${row.index}`, problems: [], findings: [] }
    const line: Line = { ...this.#start(row), ...summary, ...none, acceptedCount: 0 }
    this.#append({ writeKey: row.writeKey, messageKey: undefined, line })
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

/** A request may hold an event twice. */
function addAttempt(attempts: readonly number[], index: number): readonly number[] {
  if (attempts.at(-1) === index) return attempts
  const [first, ...others] = attempts
  return first === undefined ? [index] : [first, ...others.slice(2 - MAX_ATTEMPTS), index]
}

function toView({ writeKey, messageIds, ...row }: RequestRecord): RequestView {
  return { ...row, key: maskKey(writeKey) }
}
