import { parseEvent } from '../events/parse-event.ts'
import { createUuid } from '../lib/create-uuid.ts'
import { checkFunction, wholeNumber } from '../settings/check.ts'
import { checkOptions } from '../settings/check-options.ts'
import type { HandedEvent, HandOver, HandOverCircumstances, SegmentEvent } from '../types.ts'
import { type PackedMessage, packEvents } from './pack-events.ts'

export interface HandOverMessage {
  /** Stays the same if the message is put again. */
  readonly id: string
  /** Text, for `readHandedOver()` and the consumers. */
  readonly body: string
  /** What `groupOf` returned for its events. */
  readonly group: string | undefined
}

/** A queue that accepts messages. */
export interface HandOverTarget {
  /** Maximum size of a message's body, in UTF-8 bytes: a whole number, from 65536. */
  readonly maxBytes: number
  /** Maximum number of messages in one call of `put`: a whole number, from 1. */
  readonly maxCount: number
  /**
   * Maximum size of all bodies of one call, in UTF-8 bytes: a whole number, from `maxBytes`.
   * @default `maxBytes` times `maxCount`
   */
  readonly maxCallBytes?: number | undefined
  /**
   * Returns the group of an event; a message contains events of one group only.
   * @default one group for all
   */
  readonly groupOf?: ((event: SegmentEvent) => string) | undefined
  /**
   * Puts messages into the queue. Resolves with an array that has the reason at the index of each rejected message, or with nothing if all
   * were accepted. If the promise rejects, all messages are rejected. Rejected messages are put again, at most twice.
   */
  put(messages: readonly HandOverMessage[], signal: HandOverCircumstances['signal']): PromiseLike<unknown>
}

// Marked pure, so that a bundle that does not use it leaves the table out.
const CHECKS = {
  maxBytes: /* @__PURE__ */ wholeNumber(65_536, 2 ** 31),
  maxCount: /* @__PURE__ */ wholeNumber(1, 2 ** 31),
  // Checked below, against maxBytes.
  maxCallBytes: () => {},
  groupOf: checkFunction,
  put: (name: string, put: unknown) => checkFunction(name, put ?? null),
}

const ATTEMPTS = 3
const FIRST_PAUSE_MS = 100

/**
 * Creates the target of the setting `handOver` for a queue of any platform.
 *
 * @throws {@link ValidationError} for a wrong limit or an unknown option
 * @example
 * const to = createHandOver({
 *   maxBytes: 262_144,
 *   maxCount: 10,
 *   put: (messages) => Promise.all(messages.map(({ body }) => store.put(body))).then(() => undefined),
 * })
 */
export function createHandOver(target: HandOverTarget): HandOver {
  const { maxBytes, maxCount } = checkOptions<HandOverTarget, typeof CHECKS>(target, CHECKS)
  const maxCallBytes = wholeNumber(
    maxBytes,
    Number.MAX_SAFE_INTEGER,
    Math.min(maxBytes * maxCount, Number.MAX_SAFE_INTEGER),
  )('maxCallBytes', target.maxCallBytes)
  const groupOf = ({ json }: HandedEvent) => target.groupOf && String(target.groupOf(parseEvent(json)))

  return {
    async put(events, { signal }) {
      const { messages, failures } = packEvents(events, maxBytes, groupOf)
      for (const call of divide(messages, maxCount, maxCallBytes)) {
        // Events reported as failed are not put.
        if (signal.aborted) return
        failures.push(...(await putCall(target, call, signal)))
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}

/** Puts the messages of one call, and tries rejected ones again. Returns the reasons for those rejected every time. */
async function putCall(
  target: HandOverTarget,
  messages: readonly PackedMessage[],
  signal: HandOverCircumstances['signal'],
): Promise<unknown[]> {
  let left = messages.map(({ body, group, events }) => ({ message: { id: createUuid(), body, group }, events }))
  for (let attempt = 1; ; attempt++) {
    let reasons: readonly unknown[]
    try {
      const returned = await target.put(
        left.map(({ message }) => message),
        signal,
      )
      reasons = Array.isArray(returned) ? returned : []
    } catch (error) {
      reasons = left.map(() => error || new Error('put rejected without a reason'))
    }
    for (const [index, { events }] of left.entries()) {
      if (!reasons[index]) for (const { accept } of events) accept()
    }
    left = left.filter((_, index) => reasons[index])
    if (left.length === 0) return []
    if (attempt === ATTEMPTS || signal.aborted) return reasons.filter(Boolean)
    await pause(FIRST_PAUSE_MS * 4 ** (attempt - 1) * (0.5 + Math.random() / 2))
    if (signal.aborted) return reasons.filter(Boolean)
  }
}

/** Divides messages into calls within both limits. */
function divide(messages: readonly PackedMessage[], maxCount: number, maxCallBytes: number): PackedMessage[][] {
  const calls: PackedMessage[][] = []
  let call: PackedMessage[] = []
  let byteCount = 0
  for (const message of messages) {
    if (call.length > 0 && (call.length === maxCount || byteCount + message.byteCount > maxCallBytes)) {
      calls.push(call)
      call = []
      byteCount = 0
    }
    call.push(message)
    byteCount += message.byteCount
  }
  if (call.length > 0) calls.push(call)
  return calls
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
