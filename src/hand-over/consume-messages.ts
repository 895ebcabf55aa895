import type { Analytics } from '../analytics.ts'
import type { DeliveryError } from '../errors.ts'
import { parseRetryAfterMs } from '../http/retry-after.ts'
import { describeError } from '../lib/describe-error.ts'
import { monotonicMs } from '../lib/monotonic-ms.ts'
import { Reporter } from '../lib/reporter.ts'
import { MAX_EVENTS_PER_REQUEST } from '../settings/settings.ts'
import type { HandOver, Outcome, ScopeSettings, SegmentEvent } from '../types.ts'
import { divideInOrder } from './divide-in-order.ts'
import { readHandedOver } from './message-format.ts'

/** A message of a queue. */
export interface ConsumedMessage {
  /** Names the message in the log. */
  readonly id: string
  /** The body that `put` of a hand-over got: as text, or parsed from its JSON. */
  readonly body: unknown
  /** For an ordered queue: once a message is returned, all later messages of its group are returned as well. */
  readonly group?: string | undefined
}

/** Options of `consumeMessages()`. */
export interface ConsumeOptions {
  /** Milliseconds until the undelivered messages are returned. */
  readonly timeoutMs: number
  /** Whether to run the client's plugins on the events. They already ran before the hand-over. */
  readonly plugins: boolean
}

/** The result for the messages; those that are not returned are done. */
export interface Consumed {
  /** Indexes of the messages to return to the queue. */
  readonly returned: ReadonlySet<number>
  /** Milliseconds to wait before they are delivered again, because the API asked for a pause; otherwise 0. */
  readonly pauseMs: number
}

/** How many ids of events in returned messages are remembered. */
const MAX_REMEMBERED = 10_000
/** The event itself is at fault: delivering the message again would fail the same way. */
const FINAL_CODES = ['ERR_INVALID_EVENT', 'ERR_NOT_SERIALIZABLE', 'ERR_EVENT_TOO_LARGE', 'ERR_PLUGIN']

/** Values only, because all requests of an isolate share it. */
interface Memory {
  /**
   * Keys of events that are delivered or permanently rejected, in messages that were returned because of other events.
   * The same event in another message was put there again, and is sent.
   */
  readonly finished: Set<string>
  pausedUntilMs: number
}

const memories = new WeakMap<object, Memory>()

/** Sends the events of a queue's messages, merged into full requests, and says which messages to return. Never rejects. */
export async function consumeMessages(
  client: Analytics,
  messages: readonly ConsumedMessage[],
  { timeoutMs, plugins }: ConsumeOptions,
): Promise<Consumed> {
  const deadlineMs = monotonicMs() + timeoutMs
  const memory = recall(client)
  const returned = new Set<number>()
  /** Ids of events rejected together with others. */
  const suspects = new Set<string>()
  const backToQueue: HandOver = {
    put(events, { reason }) {
      for (const { json, accept } of events) {
        if (reason && isEventRejection(reason)) suspects.add(JSON.parse(json).messageId)
        accept()
      }
    },
  }
  const isOrdered = messages.some(({ group }) => group !== undefined)
  const settings: ScopeSettings = {
    flushAt: MAX_EVENTS_PER_REQUEST,
    // The events are in memory already.
    maxQueueSize: Number.POSITIVE_INFINITY,
    maxQueueBytes: Number.POSITIVE_INFINITY,
    handOver: { to: backToQueue, when: 'undelivered' },
    ...(isOrdered && { maxConcurrentRequests: 1 }),
  }
  const read = messages.map((message, index) => ({ ...message, index, events: readEvents(message, memory) }))
  let isDisabled = false

  const send = async (chunk: typeof read): Promise<void> => {
    const leftMs = deadlineMs - monotonicMs()
    const readable = chunk.filter(({ events }) => events !== undefined)
    const events = readable.flatMap((message) => message.events ?? [])
    const scope = client.scope({
      timeout: Math.max(1, leftMs),
      disable: false,
      settings(ofClient) {
        isDisabled = ofClient.isDisabled
        return { ...ofClient, ...settings }
      },
    })
    // A disabled client would count events as delivered without sending them.
    const outcomes = leftMs < 1 || isDisabled ? [] : await scope.send(events, { plugins })
    let at = 0
    for (const message of chunk) {
      const count = message.events?.length ?? 0
      const own = outcomes.slice(at, at + count)
      at += count
      const settled = own.filter(isFinal)
      if (message.events && settled.length === count) {
        returned.delete(message.index)
        // The message may still be returned because of its group.
        if (isOrdered) remember(memory, message, settled)
      } else {
        returned.add(message.index)
        remember(memory, message, settled)
      }
    }
  }

  // A foreign message has no events that later ones could overtake.
  const isReturned = ({ index, events }: (typeof read)[number]) => events !== undefined && returned.has(index)
  for (const chunk of isOrdered ? divideInOrder(read) : [read]) {
    if (isOrdered && read.some(isReturned)) for (const { index } of chunk) returned.add(index)
    else await send(chunk)
  }
  // Several bad events can fail a whole request; sent per message, they only fail their own.
  for (const message of isOrdered ? [] : read) {
    const isSuspect = message.events?.some((event) => suspects.has(event?.messageId))
    if (messages.length > 1 && isSuspect && returned.has(message.index)) {
      await send([{ ...message, events: readEvents(message, memory) }])
    }
  }
  const returnedGroups = new Set<string>()
  for (const message of read) {
    const { group, index } = message
    if (group === undefined) continue
    if (returnedGroups.has(group)) returned.add(index)
    else if (isReturned(message)) returnedGroups.add(group)
  }
  if (isDisabled) logWarning('the client is disabled (its setting disable), so all messages go back to the queue')
  return { returned, pauseMs: Math.max(0, memory.pausedUntilMs - monotonicMs()) }
}

/** Undefined for a foreign message, which is reported with its id. */
function readEvents({ id, body }: ConsumedMessage, { finished }: Memory): SegmentEvent[] | undefined {
  try {
    return readHandedOver(body).filter((event) => !finished.has(keyOf(id, event?.messageId)))
  } catch (error) {
    logWarning(`message ${id} is rejected: ${describeError(error)}`)
    return undefined
  }
}

function logWarning(warning: string): void {
  new Reporter((text) => text).warn(warning)
}

function isFinal({ status, error }: Outcome): boolean {
  if (status === 'delivered') return true
  // `onUndelivered` leaves an error on events that it took; events returned to the queue have none.
  if (status === 'handed-over') return error !== undefined
  return error !== undefined && (FINAL_CODES.includes(error.code) || isEventRejection({ status: undefined, ...error }))
}

/**
 * Whether the API rejected the contents of a request. A token server also answers 400, which says nothing about the
 * events.
 */
function isEventRejection({ code, status }: Pick<DeliveryError, 'code' | 'status'>): boolean {
  return code === 'ERR_HTTP_STATUS' && (status === 400 || status === 413)
}

function recall(client: Analytics): Memory {
  const known = memories.get(client)
  if (known) return known
  const memory: Memory = { finished: new Set(), pausedUntilMs: 0 }
  memories.set(client, memory)
  client.on('http_response', ({ status, headers }) => {
    if (status < 300) return
    const retryAfterMs = parseRetryAfterMs(headers, Date.now()) ?? 0
    memory.pausedUntilMs = Math.max(memory.pausedUntilMs, monotonicMs() + retryAfterMs)
  })
  return memory
}

function remember({ finished }: Memory, message: ConsumedMessage, outcomes: readonly Outcome[]): void {
  for (const { messageId } of outcomes) if (messageId) finished.add(keyOf(message.id, messageId))
  for (const id of finished) {
    if (finished.size <= MAX_REMEMBERED) break
    finished.delete(id)
  }
}

function keyOf(id: string, messageId: string | undefined): string {
  return `${id} ${messageId}`
}
