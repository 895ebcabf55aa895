import { styleText } from 'node:util'
import type { HostKind } from './hosts/host.ts'
import type { Summary } from './judge.ts'
import { formatMs } from './report.ts'
import { listCalls } from './steps.ts'

export const LEFT_OUT =
  'Lambda   left out: its runtime client could not be built, which takes Python 3, make and a C++ compiler'

const WORKERS_TOO =
  'On Workers, the example also tracks in a helper, in a Durable Object and in the consumer of a queue.'

export const EXPLANATION = `
EVENTS LEAVE     behind or before the response, as the wrapper has it; awaited, to compare: the handler awaits each call
CALLER WAITS     until the response, a median
FUNCTION ENDS    when its host may freeze it, a median; Lambda bills until then, workerd does not show it
RECEIVED         by the Tracking API, and, where the host shows it, before the function ended; from a helper or a Durable Object,
                 in one request with the other event of its invocation; from a message delivered twice, under the same id
`

/** What the table shows, and its heading. */
export function introduce(kinds: readonly HostKind[], apiDelayMs: number): string {
  const calls = listCalls('').map(({ path }) => path.slice(1))
  const runtimes = new Map(kinds.map(({ name, runtime }) => [name, `${name.padEnd(9)}${runtime}`]))
  return [
    `The same ${calls.length} events go through the same function on each host, one request each:`,
    `${[...new Set(calls)].join(', ')}. A local Tracking API takes ${apiDelayMs} ms to answer.`,
    ...(runtimes.has('Workers') ? [WORKERS_TOO] : []),
    '',
    ...runtimes.values(),
    '',
    styleText('dim', formatColumns('HOST', 'EVENTS LEAVE', 'CALLER WAITS', 'FUNCTION ENDS', 'SENT', 'RECEIVED')),
  ].join('\n')
}

/** `Workers   behind the response: waitUntil   5 ms   …` */
export function formatRow(hostName: string, modeTitle: string, summary: Summary): string {
  const { medianLatencyMs, medianLifeMs, sent, received } = summary
  const life = medianLifeMs === undefined ? '-' : formatMs(medianLifeMs)
  const columns = formatColumns(hostName, modeTitle, formatMs(medianLatencyMs), life, `${sent}`, `${received}`)
  return `${columns}  ${formatMark(summary)}`
}

function formatMark({ failures, lost, duplicates }: Summary): string {
  if (failures.length === 0) return styleText('green', '✓ each once')
  const counts = [lost > 0 ? `${lost} lost` : '', duplicates > 0 ? `${duplicates} twice` : ''].filter(Boolean)
  return styleText('red', `✗ ${counts.join(', ') || 'see below'}`)
}

function formatColumns(
  host: string,
  mode: string,
  waits: string,
  ends: string,
  sent: string,
  received: string,
): string {
  return [
    host.padEnd(9),
    mode.padEnd(34),
    waits.padStart(12),
    ends.padStart(15),
    sent.padStart(6),
    received.padStart(10),
  ].join('')
}
