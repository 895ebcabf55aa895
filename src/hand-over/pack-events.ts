import { utf8ByteLength } from '../lib/utf8-byte-length.ts'
import type { HandedEvent } from '../types.ts'
import { MESSAGE_END, MESSAGE_START } from './message-format.ts'

/** Events that travel in one message. */
export interface PackedMessage {
  readonly body: string
  /** UTF-8 bytes of the body. */
  readonly byteCount: number
  /** Messages of a group stay in order. */
  readonly group: string | undefined
  readonly events: readonly HandedEvent[]
}

interface OpenMessage {
  json: string
  byteCount: number
  readonly events: HandedEvent[]
}

/**
 * Packs events into as few messages as possible, in order. An event that is larger than a message, or whose `groupOf`
 * throws, is left out, and the reason is among the failures.
 */
export function packEvents(
  events: readonly HandedEvent[],
  maxBytes: number,
  groupOf: (event: HandedEvent) => string | undefined,
): { messages: PackedMessage[]; failures: unknown[] } {
  const frameBytes = MESSAGE_START.length + MESSAGE_END.length
  const messages: PackedMessage[] = []
  const failures: unknown[] = []
  const open = new Map<string | undefined, OpenMessage>()
  const close = (group: string | undefined, { json, byteCount, events }: OpenMessage) => {
    messages.push({ body: MESSAGE_START + json + MESSAGE_END, byteCount: byteCount + frameBytes, group, events })
  }
  for (const event of events) {
    const json = escapeNoncharacters(event.json)
    const byteCount = utf8ByteLength(json)
    if (byteCount + frameBytes > maxBytes) {
      failures.push(new Error(`an event is larger than a message (${maxBytes} bytes)`))
      continue
    }
    let group: string | undefined
    try {
      group = groupOf(event)
    } catch (error) {
      failures.push(error || new Error('groupOf threw without a reason'))
      continue
    }
    const message = open.get(group)
    if (message && message.byteCount + 1 + byteCount + frameBytes <= maxBytes) {
      message.json += `,${json}`
      message.byteCount += 1 + byteCount
      message.events.push(event)
    } else {
      if (message) close(group, message)
      open.set(group, { json, byteCount, events: [event] })
    }
  }
  for (const [group, message] of open) close(group, message)
  return { messages, failures }
}

/** SQS rejects a message that contains either of these characters, which JSON may contain unescaped. */
function escapeNoncharacters(json: string): string {
  return json.replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
}
