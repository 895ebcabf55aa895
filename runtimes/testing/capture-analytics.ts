import { ValidationError } from '../../src/index.ts'
import { type ClientSource, checkMilliseconds, checkOptions, toClient } from '../../src/kit/index.ts'
import { Answers } from './answers.ts'
import { describeMissing } from './assert-tracked.ts'
import { EventLog } from './event-log.ts'
import { checkMatch, type EventMatch, matchesEvent } from './matches-event.ts'
import { PendingWaits } from './pending-waits.ts'
import { type Queue, watch } from './registry.ts'
import type { EventCapture } from './types.ts'

const DEFAULT_TIMEOUT_MS = 1_000

/**
 * Captures what a client and its scopes track, from now until `restore()`. Nothing of it reaches the network: each event counts as delivered
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
  let isRestored = false

  const stop = watch({
    watches: (emitter) => !isRestored && (!client || emitter.has(mark)),
    accept(queue, event) {
      log.accept(event)
      waits.notify()
      if (event.isReported) return
      queues.add(queue)
      // So that no event waits for a timer of the client's.
      queue.flushSoon()
    },
    isOpen: (event) => log.isOpen(event),
    conclude(event) {
      const isCaptured = log.conclude(event)
      waits.notify()
      if (isRestored && log.isSettled) stop()
      return isCaptured
    },
    send: (events) => log.send(events),
    get hasAnswers() {
      return answers.areSet
    },
    answer: (request) => answers.give(request),
  })

  return {
    get events() {
      return log.events.items
    },
    get delivered() {
      return log.delivered.items
    },
    get failed() {
      return log.failed.items
    },
    get requests() {
      return log.requests.items
    },
    async settled() {
      await waits.until(() => {
        for (const queue of queues) if (queue.pendingCount === 0) queues.delete(queue)
        return queues.size === 0 || undefined
      })
    },
    async waitFor(match: EventMatch, options = {}) {
      checkMatch(match)
      const { timeout } = checkOptions(options, {
        timeout: (name, value = DEFAULT_TIMEOUT_MS) => checkMilliseconds(name, value),
      })
      const { unseen, unfollow } = log.follow()
      const find = () => {
        for (const event of unseen) {
          unseen.delete(event)
          if (matchesEvent(event, match)) return event
        }
        return undefined
      }
      try {
        const found = await waits.until(find, timeout)
        if (found) return found
      } finally {
        unfollow()
      }
      throw new Error(`after ${timeout} ms, ${describeMissing(log.events.items, match)}`)
    },
    respond: (...given) => answers.set(given),
    snapshot: () => log.snapshot(),
    clear() {
      log.clear()
      answers.clear()
    },
    restore() {
      if (isRestored) return
      isRestored = true
      client?.off(mark, ignore)
      answers.clear()
      answers.release()
      waits.abandon()
      // What is still pending must not reach the network either.
      if (log.isSettled) stop()
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
