import { isIsoDate, type JsonObject } from '../shapes.ts'
import { type Finding, show } from './finding.ts'
import type { LintContext } from './lint-context.ts'

const TOLERANCE_MS = 60_000
const OLDEST_MS = Date.UTC(2000, 0)

/** Compares with the sender's own clock if the request gives its time, because Segment corrects wrong clocks. */
export function lintTime({ timestamp, sentAt: ownSentAt }: JsonObject, { receivedAt, sentAt }: LintContext): Finding[] {
  if (!isIsoDate(timestamp)) return []
  const timeMs = Date.parse(String(timestamp))
  const sent = [ownSentAt, sentAt].find(isIsoDate)
  const nowMs = Date.parse(String(sent ?? receivedAt))
  const aheadMs = timeMs - nowMs
  if (aheadMs > TOLERANCE_MS) {
    const message = `${show(timestamp)} is in the future, by ${formatSpan(aheadMs)}`
    return [{ rule: 'future-timestamp', path: 'timestamp', message }]
  }
  if (timeMs < OLDEST_MS) {
    const message = `${show(timestamp)} is long past: are those seconds where milliseconds are meant?`
    return [{ rule: 'ancient-timestamp', path: 'timestamp', message }]
  }
  return []
}

function formatSpan(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 120) return `${minutes} minutes`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`
}
