import { parseEvent } from '../events/parse-event.ts'
import { createUuid } from '../lib/create-uuid.ts'
import { checkFunction, wholeNumber } from '../settings/check.ts'
import type { HandedEvent, HandOver, HandOverCircumstances, SegmentEvent } from '../types.ts'
import { checkOptions } from './check-options.ts'
import { type PackedMessage, packEvents } from './pack-events.ts'

export interface HandOverMessage {
  /** The same each time that the message is put. */
  readonly id: string
  /** Text, for `readHandedOver()` and the consumers. */
  readonly body: string
  /** What `groupOf` returned for its events. */
  readonly group: string | undefined
}

/** A queue, as a hand-over needs it. */
export interface HandOverTarget {
  /** UTF-8 bytes of a message's body: a whole number, from 65536. */
  readonly maxBytes: number
  /** Messages of one call of `put`: a whole number, from 1. */
  readonly maxCount: number
  /**
   * UTF-8 bytes of the bodies of one call: a whole number, from `maxBytes`.
   * @default `maxBytes` times `maxCount`
   */
  readonly maxCallBytes?: number | undefined
  /**
   * Names the group of an event; a message contains events of one group only.
   * @default one group for all
   */
  readonly groupOf?: ((event: SegmentEvent) => string) | undefined
  /**
   * Puts messages into the queue. Returns the reasons for which messages were rejected, each at the index of its message; nothing if all
   * were accepted. A promise that rejects rejects all of them. What was rejected is put again, twice at most.
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
 * Makes a queue of any platform a target of the setting `handOver`.
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
    maxBytes * maxCount,
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

/** Puts the messages of one call, and tries rejected ones again. Returns the reasons for those rejected at last. */
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
