import { styleText } from 'node:util'
import type { Summary } from './judge.ts'
import { formatMs } from './report.ts'

export const TABLE_HEADING = styleText(
  'dim',
  formatColumns('HOST', 'EVENTS LEAVE', 'CALLER WAITS', 'FUNCTION ENDS', 'SENT', 'RECEIVED'),
)

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
