import type { Finding } from './lint/index.ts'
import { maskKey } from './secrets.ts'
import type { ReceivedEvent, RequestRecord } from './store.ts'

/** `12:00:00.000  track     Order Placed  user=u1  id=…  key=abcd…` */
export function formatEvent({ receivedAt, type, event, writeKey, problems, duplicate }: ReceivedEvent): string {
  const parts = [formatTime(receivedAt), type.padEnd(8)]
  const name = event.event ?? event.name ?? event.groupId ?? event.previousId
  if (name !== undefined) parts.push(show(name))
  parts.push(
    `user=${show(event.userId ?? event.anonymousId ?? '-')}`,
    `id=${show(event.messageId ?? '-')}`,
    `key=${maskKey(writeKey)}`,
  )
  if (duplicate) parts.push('DUPLICATE')
  if (problems.length > 0) parts.push(`PROBLEM ${problems.join('; ')}`)
  return toLine(parts)
}

export function formatRejected(row: RequestRecord): string {
  const { at, status, method, path, eventCount, reason, writeKey } = row
  return toLine([
    formatTime(at),
    'REJECTED',
    `${status}`,
    `${method} ${path}`,
    `${eventCount} events`,
    `key=${maskKey(writeKey)}`,
    reason ?? '',
  ])
}

export function formatFinding({ rule, path, message }: Finding): string {
  return toLine(['            ', rule.toUpperCase(), `${path}: ${message}`])
}

/** An invalid event's fields can have any type, even an object whose `toString` is not a function. */
function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function formatTime(iso: string): string {
  return iso.slice(11, 23)
}

/** Names come from the network, and characters that control the terminal or reverse a line must not reach it. */
function toLine(parts: readonly string[]): string {
  return parts.join('  ').replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '?')
}
