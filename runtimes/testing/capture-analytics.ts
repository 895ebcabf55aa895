import { type AnalyticsEvents, type DeliveryError, type HTTPClient, ValidationError } from '../../src/index.ts'
import { type ClientSource, checkMilliseconds, EVENT_TYPES, toClient } from '../../src/kit/index.ts'
import { Answers } from './answers.ts'
import { describeMissing } from './assert-tracked.ts'
import { EventLog } from './event-log.ts'
import { checkMatch, type EventMatch, matchesEvent } from './matches-event.ts'
import { PendingWaits } from './pending-waits.ts'
import { type Emitter, type Queue, watch } from './registry.ts'
import type { EventCapture } from './types.ts'

const DEFAULT_TIMEOUT_MS = 1_000

/**
 * Captures what a client and its scopes track, from now until `restore()`. Nothing reaches the network: each event counts as delivered
 * at the end of its tick, unless `respond()` says otherwise. Plugins, callbacks, listeners and retries work as usual.
 *
 * @param source a client, or the settings given to a wrapper; by default every client, including those that wrappers create
 * @throws ValidationError for anything else, for example a scope: capture its client instead
 * @example
 * import { captureAnalytics } from 'analytics-edge/testing'
 *
 * const capture = captureAnalytics()
 * await capture.settled()
 * console.log(capture.delivered.map(({ event }) => event))
 * capture.restore()
 */
export function captureAnalytics(source?: ClientSource): EventCapture {
  checkSource(source)
  const client = source === undefined ? undefined : toClient(source)
  // A listener that is never called marks what reports for this client. The cast: emitters take any key.
  const mark = Symbol('capture') as unknown as 'drained'
  const ignore = () => {}
  client?.on(mark, ignore)

  const log = new EventLog()
  const answers = new Answers()
  const waits = new PendingWaits()
  const queues = new Set<Queue>()
  const stops = new Map<Emitter, () => void>()

  const listenTo = (emitter: Emitter) => {
    const settle = (ctx: AnalyticsEvents['track'][0], reason?: DeliveryError) => {
      log.settle(ctx, reason)
      waits.notify()
    }
    const onDelivered = (ctx: AnalyticsEvents['track'][0]) => settle(ctx)
    const onError = ({ code, reason, ctx }: AnalyticsEvents['error'][0]) => {
      // The cast: an event fails with nothing else.
      if (code === 'delivery_failure') settle(ctx, reason as DeliveryError)
    }
    for (const type of EVENT_TYPES) emitter.on(type, onDelivered)
    emitter.on('error', onError)
    stops.set(emitter, () => {
      for (const type of EVENT_TYPES) emitter.off(type, onDelivered)
      emitter.off('error', onError)
    })
  }

  const transport: HTTPClient = {
    async makeRequest(request) {
      const onAnswer = log.send(request.body)
      const response = await answers.give(request)
      onAnswer(response.status)
      return response
    },
  }
  const stop = watch({
    transport,
    watches: (emitter) => !client || emitter.has(mark),
    accept(queue, emitter, event) {
      if (!stops.has(emitter)) listenTo(emitter)
      log.accept(event)
      waits.notify()
      if (event.isReported) return
      queues.add(queue)
      // So that no event waits for a timer of the client's.
      queue.flushSoon()
    },
  })

  return {
    events: log.events,
    delivered: log.delivered,
    failed: log.failed,
    requests: log.requests,
    async settled() {
      await waits.until(() => {
        for (const queue of queues) if (queue.pendingCount === 0) queues.delete(queue)
        return queues.size === 0 || undefined
      })
    },
    async waitFor(match: EventMatch, { timeout = DEFAULT_TIMEOUT_MS } = {}) {
      checkMatch(match)
      const find = () => log.events.find((event) => matchesEvent(event, match))
      const found = await waits.until(find, checkMilliseconds('timeout', timeout))
      if (found) return found
      throw new Error(`after ${timeout} ms, ${describeMissing(log.events, match)}`)
    },
    respond: (...given) => answers.set(given),
    snapshot: () => log.snapshot(),
    clear() {
      log.clear()
      answers.set([])
    },
    restore() {
      stop()
      client?.off(mark, ignore)
      for (const end of stops.values()) end()
      stops.clear()
      answers.set([])
      answers.release()
    },
  }
}

function checkSource(source: unknown): void {
  if (source === undefined) return
  const allowed = 'must be a client or settings; without it, every client is captured'
  if (typeof source !== 'object' || source === null) throw new ValidationError('source', allowed)
  if ('track' in source && !('scope' in source)) {
    throw new ValidationError(
      'source',
      `is a scope, and ${allowed}. The capture of a client has the events of its scopes`,
    )
  }
}
