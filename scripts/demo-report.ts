import { styleText } from 'node:util'
import type { ReceivedEvent } from '../collector/index.ts'
import { type DemoRequest, type DemoStep, labelEvent } from './demo-steps.ts'

/** What came of one request. */
export interface Outcome {
  readonly request: DemoRequest
  readonly status: number
  /** Until the response began. */
  readonly latencyMs: number
}

export interface Summary {
  readonly sent: number
  readonly received: number
  readonly duplicates: number
  readonly apiRequests: number
  readonly medianLatencyMs: number
  readonly apiDelayMs: number
  /** Each a line. Empty when every event arrived exactly once. */
  readonly failures: readonly string[]
}

export function isOf({ id }: DemoRequest, { event }: ReceivedEvent): boolean {
  return event.userId === id || event.messageId === id
}

export function summarize(
  outcomes: readonly Outcome[],
  events: readonly ReceivedEvent[],
  api: { requestCount: number; delayMs: number },
): Summary {
  return {
    sent: outcomes.reduce((sum, { request }) => sum + request.expectedEvents.length, 0),
    received: events.length,
    duplicates: events.filter(({ duplicate }) => duplicate).length,
    apiRequests: api.requestCount,
    medianLatencyMs: median(outcomes.map(({ latencyMs }) => latencyMs)),
    apiDelayMs: api.delayMs,
    failures: [
      ...outcomes.flatMap((outcome) => listFailures(outcome, events)),
      ...events.flatMap((row) => listFlaws(row, outcomes)),
    ],
  }
}

function listFailures({ request, status }: Outcome, events: readonly ReceivedEvent[]): string[] {
  const { missing, surplus } = compare(request, events)
  const where = `${request.method} ${request.path}`
  return [
    ...(status === request.expectedStatus ? [] : [`${where} was answered ${status}, not ${request.expectedStatus}`]),
    ...missing.map((label) => `lost: ${label} of ${where}`),
    ...surplus.map((label) => `arrived too often: ${label} of ${where}`),
  ]
}

function listFlaws(row: ReceivedEvent, outcomes: readonly Outcome[]): string[] {
  const label = `${labelEvent(row.event)} (messageId ${row.event.messageId})`
  return [
    ...(outcomes.some(({ request }) => isOf(request, row)) ? [] : [`nobody sent ${label}`]),
    ...(row.duplicate ? [`came twice: ${label}`] : []),
    ...row.problems.map((problem) => `the API would drop ${label}: ${problem}`),
  ]
}

/** What a request's events lack, and what is too much. */
export function compare(
  request: DemoRequest,
  events: readonly ReceivedEvent[],
): { missing: string[]; surplus: string[] } {
  const missing = [...request.expectedEvents]
  const surplus: string[] = []
  for (const { event } of events.filter((row) => isOf(request, row))) {
    const label = labelEvent(event)
    const index = missing.indexOf(label)
    if (index === -1) surplus.push(label)
    else missing.splice(index, 1)
  }
  return { missing, surplus }
}

export const HEADING = styleText('dim', formatColumns('REQUEST', 'STATUS', 'LATENCY', 'EVENTS THAT ARRIVED'))

/** `POST /track         202     4 ms   track Item Purchased` */
export function formatStep(
  { title, note }: DemoStep,
  outcomes: readonly Outcome[],
  events: readonly ReceivedEvent[],
): string {
  const arrived = events.filter((row) => outcomes.some(({ request }) => isOf(request, row)))
  const missing = outcomes.flatMap(({ request }) => compare(request, events).missing)
  const statuses = [...new Set(outcomes.map(({ status }) => status))].join('/')
  const latency = formatMs(median(outcomes.map(({ latencyMs }) => latencyMs)))
  const parts = [
    countLabels(arrived.map(({ event }) => labelEvent(event))),
    missing.length > 0 ? styleText('red', `LOST ${countLabels(missing)}`) : '',
    note === undefined ? '' : styleText('dim', `(${note})`),
  ]
  return formatColumns(title, statuses, latency, parts.filter((part) => part !== '').join('  '))
}

export function formatSummary(summary: Summary): string {
  const { sent, received, duplicates, apiRequests, medianLatencyMs, apiDelayMs, failures } = summary
  const verdict =
    failures.length === 0
      ? [styleText('green', '✓ Every event arrived exactly once.')]
      : failures.map((failure) => styleText('red', `✗ ${failure}`))
  return [
    `events sent       ${sent}`,
    `events received   ${received}`,
    `duplicates        ${duplicates}`,
    `API requests      ${apiRequests}`,
    `median latency    ${formatMs(medianLatencyMs)}, while the API takes ${formatMs(apiDelayMs)}`,
    '',
    ...verdict,
  ].join('\n')
}

function formatColumns(title: string, status: string, latency: string, events: string): string {
  return `${title.padEnd(18)}${status.padEnd(8)}${latency.padStart(7)}   ${events}`
}

function formatMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** `track Visited` for one, `20 × track Visited` for twenty. */
function countLabels(labels: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts].map(([label, count]) => (count === 1 ? label : `${count} × ${label}`)).join(', ')
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
