import type { ReceivedEvent } from '../../collector/index.ts'
import { type DemoRequest, labelEvent } from './steps.ts'

/** What came of one request. */
export interface Outcome {
  readonly request: DemoRequest
  readonly status: number
  /** Unix time, as all that ends in `AtMs`. */
  readonly startedAtMs: number
  /** Until the response began. */
  readonly latencyMs: number
  /** Since when the host may freeze the function. Live: it is `pending` until then. Some hosts do not tell. */
  readonly endedAtMs: number | 'pending' | 'unknown'
}

export interface Summary {
  readonly sent: number
  readonly received: number
  readonly lost: number
  readonly duplicates: number
  readonly medianLatencyMs: number
  /** From a request until the host may freeze the function. */
  readonly medianLifeMs: number | undefined
  /** Each a line. Empty when every event arrived exactly once, and in time. */
  readonly failures: readonly string[]
}

export function isOf({ id }: DemoRequest, { event }: ReceivedEvent): boolean {
  return event.userId === id || event.messageId === id
}

/** What came again as it should: by its id, Segment counts it once. */
function isRepeat(row: ReceivedEvent, outcomes: readonly Outcome[]): boolean {
  const request = outcomes.find(({ request }) => isOf(request, row))?.request
  return row.duplicate && request?.repeatedEvents?.includes(labelEvent(row.event)) === true
}

export function summarize(outcomes: readonly Outcome[], all: readonly ReceivedEvent[]): Summary {
  const events = all.filter((row) => !isRepeat(row, outcomes))
  return {
    sent: outcomes.reduce((sum, { request }) => sum + request.expectedEvents.length, 0),
    received: events.length,
    lost: outcomes.reduce((sum, { request }) => sum + compare(request, all).missing.length, 0),
    duplicates: events.filter(({ duplicate }) => duplicate).length,
    medianLatencyMs: median(outcomes.map(({ latencyMs }) => latencyMs)) ?? 0,
    medianLifeMs: median(
      outcomes.flatMap(({ startedAtMs, endedAtMs }) => (typeof endedAtMs === 'number' ? endedAtMs - startedAtMs : [])),
    ),
    failures: [
      ...outcomes.flatMap((outcome) => listFailures(outcome, all)),
      ...events.flatMap((row) => listFlaws(row, outcomes)),
    ],
  }
}

function listFailures({ request, status, endedAtMs }: Outcome, events: readonly ReceivedEvent[]): string[] {
  const { missing, surplus } = compare(request, events)
  const where = `${request.method} ${request.path}${request.host === undefined ? '' : ` on ${request.host}`}`
  return [
    ...(status === request.expectedStatus ? [] : [`${where} was answered ${status}, not ${request.expectedStatus}`]),
    ...(endedAtMs === 'pending' ? [`${where} did not finish`] : []),
    ...missing.map((label) => `lost: ${label} of ${where}`),
    ...surplus.map((label) => `arrived too often: ${label} of ${where}`),
    ...(isApart(request, events)
      ? [`came in several requests to the API: ${request.together?.join(', ')} of ${where}`]
      : []),
  ]
}

function listFlaws(row: ReceivedEvent, outcomes: readonly Outcome[]): string[] {
  const label = `${labelEvent(row.event)} (messageId ${row.event.messageId})`
  const outcome = outcomes.find(({ request }) => isOf(request, row))
  return [
    ...(outcome ? [] : [`nobody sent ${label}`]),
    ...(outcome && isLate(row, outcome) ? [`came when the host could have frozen the function: ${label}`] : []),
    ...(row.duplicate ? [`came twice: ${label}`] : []),
    ...row.problems.map((problem) => `the API would drop ${label}: ${problem}`),
  ]
}

function isApart(request: DemoRequest, events: readonly ReceivedEvent[]): boolean {
  const rows = events.filter((row) => isOf(request, row) && request.together?.includes(labelEvent(row.event)))
  return new Set(rows.map(({ requestIndex }) => requestIndex)).size > 1
}

/** It arrived, but only as the host did not freeze the function, or thawed it for another request. */
function isLate({ receivedAt }: ReceivedEvent, { endedAtMs }: Outcome): boolean {
  return typeof endedAtMs === 'number' && Date.parse(receivedAt) > endedAtMs
}

/** What a request's events lack, and what is too much. */
export function compare(
  request: DemoRequest,
  events: readonly ReceivedEvent[],
): { missing: string[]; surplus: string[] } {
  const missing = [...request.expectedEvents]
  const repeats = [...(request.repeatedEvents ?? [])]
  const surplus: string[] = []
  for (const { event, duplicate } of events.filter((row) => isOf(request, row))) {
    const label = labelEvent(event)
    const awaited = duplicate && repeats.includes(label) ? repeats : missing
    const index = awaited.indexOf(label)
    if (index === -1) surplus.push(label)
    else awaited.splice(index, 1)
  }
  return { missing: [...missing, ...repeats.map((label) => `${label}, once more`)], surplus }
}

export function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
