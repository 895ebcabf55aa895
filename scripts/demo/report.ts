import { styleText } from 'node:util'
import type { ReceivedEvent } from '../../collector/index.ts'
import { compare, isOf, median, type Outcome, type Summary } from './judge.ts'
import { type DemoStep, labelEvent } from './steps.ts'

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
  const latency = formatMs(median(outcomes.map(({ latencyMs }) => latencyMs)) ?? 0)
  const parts = [
    countLabels(arrived.map(({ event }) => labelEvent(event))),
    missing.length > 0 ? styleText('red', `LOST ${countLabels(missing)}`) : '',
    note === undefined ? '' : styleText('dim', `(${note})`),
  ]
  return formatColumns(title, statuses, latency, parts.filter((part) => part !== '').join('  '))
}

export function formatSummary(summary: Summary, api: { requestCount: number; delayMs: number }): string {
  const { sent, received, duplicates, medianLatencyMs, failures } = summary
  return [
    `events sent       ${sent}`,
    `events received   ${received}`,
    `duplicates        ${duplicates}`,
    `API requests      ${api.requestCount}`,
    `median latency    ${formatMs(medianLatencyMs)}, while the API takes ${formatMs(api.delayMs)}`,
    '',
    formatVerdict(failures),
  ].join('\n')
}

function formatColumns(title: string, status: string, latency: string, events: string): string {
  return `${title.padEnd(18)}${status.padEnd(8)}${latency.padStart(7)}   ${events}`
}

export function formatMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** `track Visited` for one, `20 × track Visited` for twenty. */
function countLabels(labels: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts].map(([label, count]) => (count === 1 ? label : `${count} × ${label}`)).join(', ')
}

export function formatVerdict(failures: readonly string[]): string {
  if (failures.length === 0) return styleText('green', '✓ Every event arrived exactly once.')
  return failures.map((failure) => styleText('red', `✗ ${failure}`)).join('\n')
}
