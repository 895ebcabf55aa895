import { styleText } from 'node:util'
import type { Summary } from './judge.ts'
import { formatMs } from './report.ts'

export const TABLE_HEADING = styleText(
  'dim',
  formatColumns('HOST', 'EVENTS LEAVE', 'CALLER WAITS', 'FUNCTION ENDS', 'SENT', 'RECEIVED'),
)

/** `Workers   behind the response: waitUntil   5 ms   …` */
export function formatRow(hostName: string, modeTitle: string, summary: Summary): string {
  const { medianLatencyMs, medianLifeMs, sent, received, failures } = summary
  const life = medianLifeMs === undefined ? '-' : formatMs(medianLifeMs)
  const columns = formatColumns(hostName, modeTitle, formatMs(medianLatencyMs), life, `${sent}`, `${received}`)
  const mark = failures.length === 0 ? styleText('green', '✓ each once') : styleText('red', '✗')
  return `${columns}  ${mark}`
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
