import { isPlainObject } from '../../src/lib/is-plain-object.ts'
import { type Call, DROPPED, type Program } from './calls.ts'
import type { CallDifference } from './intended-differences.ts'
import { realize } from './recipe.ts'
import type { Failed, Result, SentRequest, Thrown } from './run-calls.ts'

/** What became of one call in each of the libraries: what it threw, the event that it sent, or why it was not sent. */
export interface CallComparison extends Call {
  readonly reference: CallOutcome
  readonly ours: CallOutcome
}

export type CallOutcome =
  | { readonly kind: 'threw'; readonly thrown: Thrown }
  | { readonly kind: 'sent'; readonly event: Record<string, unknown> }
  | { readonly kind: 'invalid'; readonly failed: Failed }
  | { readonly kind: 'not sent' }

/** What differs and is not intended, in words; and the names of the intended differences that were met. */
export interface Verdict {
  readonly complaints: string[]
  readonly met: Set<string>
}

export function compare(
  program: Program,
  reference: Result,
  ours: Result,
  intended: readonly CallDifference[],
): Verdict {
  const complaints: string[] = []
  const met = new Set<string>()
  const outcomes = { reference: listOutcomes(program, reference), ours: listOutcomes(program, ours) }
  for (const [index, call] of program.calls.entries()) {
    const [theirs, own] = [outcomes.reference[index], outcomes.ours[index]]
    if (!theirs || !own) throw new Error('an outcome is missing')
    if (isEqual(normalizeOutcome(theirs), normalizeOutcome(own))) continue
    // Whatever else is wrong with a call fails its event: a program must not meet an exception that it never had to catch.
    if (own.kind === 'threw' && theirs.kind !== 'threw') {
      complaints.push(`${call.method} ${show(realize(call.params))}: ours alone throws ${show(own.thrown)}`)
      continue
    }
    const comparison = { ...call, params: realize(call.params), reference: theirs, ours: own }
    const difference = intended.find(({ explains }) => explains(comparison))
    if (difference) met.add(difference.name)
    else complaints.push(`${call.method} ${show(comparison.params)}: ${show(theirs)}, ours ${show(own)}`)
  }
  for (const result of [reference, ours]) {
    const sentCount = result.requests.flatMap(({ batch }) => batch).length
    if (result.arrivedCount !== sentCount) complaints.push(`${result.arrivedCount} of ${sentCount} events arrived`)
  }
  const [theirs, own] = [describeTraffic(reference), describeTraffic(ours)]
  // If one of them rejects a call on purpose, the batches and what is reported about them differ with it.
  const isSameCourse = outcomes.reference.every(({ kind }, index) => kind === outcomes.ours[index]?.kind)
  if (isSameCourse && !isEqual(theirs, own)) complaints.push(`traffic ${show(theirs)}, ours ${show(own)}`)
  if (new Set([...theirs.headers, ...own.headers]).size > 1)
    complaints.push(`headers ${show(theirs.headers)}, ours ${show(own.headers)}`)
  return { complaints, met }
}

/** Events are matched with calls by their order, so that one that overtakes another is seen as well. */
function listOutcomes({ calls, plugin }: Program, { calls: thrown, failures, requests }: Result): CallOutcome[] {
  const events = requests.flatMap(({ batch }) => batch)
  const outcomes = calls.map((call, index): CallOutcome => {
    const params = realize(call.params)
    const error = thrown[index]
    if (error) return { kind: 'threw', thrown: error }
    const failed = failures[index]
    if (failed?.code === 'ERR_INVALID_EVENT') return { kind: 'invalid', failed }
    const isDropped = plugin === 'before' && isPlainObject(params) && params.userId === DROPPED
    const isSwitchedOff =
      isPlainObject(params) && isPlainObject(params.integrations) && params.integrations['Segment.io'] === false
    const event = isDropped || isSwitchedOff ? undefined : events.shift()
    return event ? { kind: 'sent', event } : { kind: 'not sent' }
  })
  if (events.length > 0) throw new Error(`${events.length} events belong to no call`)
  return outcomes
}

function describeTraffic({ requests, errors, delivered }: Result) {
  return {
    sizes: requests.map(({ batch }) => batch.length),
    headers: requests.map((request) => show(normalizeHeaders(request))),
    errors,
    delivered: delivered.toSorted(),
  }
}

function normalizeHeaders({ headers, rest }: SentRequest) {
  const authorization =
    atob(headers.Authorization?.replace('Basic ', '') ?? '') === `${rest.writeKey}:` ? 'its key' : headers.Authorization
  const sentAt = normalizeTime(rest.sentAt)
  return {
    ...headers,
    'User-Agent': typeof headers['User-Agent'],
    Authorization: authorization,
    rest: { ...rest, writeKey: typeof rest.writeKey, sentAt },
  }
}

function normalizeOutcome(outcome: CallOutcome): unknown {
  if (outcome.kind !== 'sent') return outcome
  const { event } = outcome
  const { context } = event
  return {
    ...event,
    messageId: normalizeId(event.messageId),
    timestamp: normalizeTime(event.timestamp),
    context: isPlainObject(context) ? { ...context, library: normalizeLibrary(context.library) } : context,
  }
}

function normalizeLibrary(library: unknown): unknown {
  if (!isPlainObject(library)) return library
  return { ...library, name: typeof library.name, version: typeof library.version }
}

const OWN_ID = /^(node-next-\d{13}-)?[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

function normalizeId(id: unknown): unknown {
  return typeof id === 'string' && OWN_ID.test(id) ? 'an id of its own' : id
}

/** A time that is now, or was a moment ago, in the one form that both write. */
function normalizeTime(time: unknown): unknown {
  const isIso = typeof time === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time)
  return isIso && Math.abs(Date.now() - Date.parse(time)) < 600_000 ? 'now' : time
}

function isEqual(one: unknown, other: unknown): boolean {
  return show(one) === show(other)
}

/** JSON with the keys of objects in order; what JSON cannot hold is shown as text. */
export function show(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => {
    if (typeof field === 'function' || typeof field === 'symbol' || typeof field === 'bigint') return String(field)
    if (!isPlainObject(field)) return field
    return Object.fromEntries(Object.entries(field).sort(([one], [other]) => (one < other ? -1 : 1)))
  })
}
