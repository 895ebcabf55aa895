import { afterEach, describe, expect, it, vi } from 'vitest'
import { Limits } from '../../../src/delivery/limits.ts'
import { PendingTracker } from '../../../src/delivery/outcome/pending-tracker.ts'
import { Settlement } from '../../../src/delivery/outcome/settlement.ts'
import { UnhandledFailures } from '../../../src/delivery/outcome/unhandled-failures.ts'
import { Emitter } from '../../../src/events/emitter.ts'
import type { AnalyticsSettings, DeliveryError, SegmentEvent } from '../../../src/index.ts'
import { Reporter } from '../../../src/lib/reporter.ts'
import {
  answers,
  createClient,
  openCollector,
  reasonOf,
  receivedNames,
  recordErrors,
  rest,
  trackMany,
  within,
} from '../../support/client.ts'
import { createPickyFetch } from '../../support/retries.ts'

const collector = await openCollector()
const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
afterEach(() => void reported.mockClear())

type Take = NonNullable<AnalyticsSettings['onUndelivered']>

const A = { userId: 'u1', event: 'A' }
const LIMITS = { maxQueueSize: 10, maxQueueBytes: 100_000 }
const boom = new Error('boom')
const GONE = expect.stringMatching(/^\[404\] Gone \(POST http:.+\/v1\/batch: /)

/** A client whose undelivered events are taken as `take` does, and what it was given. */
function createTaker(settings: Partial<AnalyticsSettings> = {}, take: Take = () => {}) {
  const taken: { events: SegmentEvent[]; reason: DeliveryError }[] = []
  const onUndelivered: Take = (events, reason) => {
    taken.push({ events, reason })
    return take(events, reason)
  }
  const client = createClient(collector, { ...settings, onUndelivered })
  return { client, taken, errors: recordErrors(client), onUndelivered }
}

describe('onUndelivered', () => {
  it('is called once for each batch that finally failed, with its events as sent, and the reason', async () => {
    collector.fail({ status: 404, statusText: 'Gone', requests: [0, 2] })
    const { client, taken } = createTaker({ flushAt: 2 })
    const sent: unknown[] = []
    client.on('http_request', ({ body }) => sent.push(JSON.parse(body).batch))
    const properties = { at: new Date(0), gone: undefined, nan: Number.NaN }
    for (const event of ['0', '1', '2', '3', '4', '5']) client.track({ userId: 'u1', event, properties })
    expect(await client.flush()).toEqual({ delivered: 2, failed: 0, handedOver: 4 })

    const rejected = collector.requests().flatMap(({ status, index }) => (status === 404 ? [index] : []))
    expect(rejected).toHaveLength(2)
    expect(taken).toHaveLength(2)
    const byName = (events: SegmentEvent[][]) =>
      events
        .flat()
        .map(({ event }) => event)
        .toSorted()
    const delivered = receivedNames(collector)
    expect([...byName(taken.map(({ events }) => events)), ...delivered].toSorted()).toEqual([...'012345'])
    for (const { events, reason } of taken) {
      expect(reason).toMatchObject({ code: 'ERR_HTTP_STATUS', status: 404, message: GONE })
      expect(sent).toContainEqual(events)
      expect(JSON.parse(JSON.stringify(events))).toStrictEqual(events)
      expect(events[0]?.properties).toStrictEqual({ at: '1970-01-01T00:00:00.000Z', nan: null })
    }
  })

  it('is awaited by the flush, and events that it accepts are reported once to every listener as handed over', async () => {
    collector.fail({ status: 401 })
    let isDone = false
    const { client, errors, taken } = createTaker({}, async () => {
      await rest(150)
      isDone = true
    })
    const callback = vi.fn()
    const delivery = client.track(A, callback)
    expect(await client.flush()).toEqual({ delivered: 0, failed: 0, handedOver: 1 })
    expect(isDone).toBe(true)

    expect(await delivery).toMatchObject({ status: 'handed-over', attempts: 1, error: { code: 'ERR_HANDED_OVER' } })
    const reason = await reasonOf(delivery)
    expect(reason).toMatchObject({ code: 'ERR_HANDED_OVER', cause: { code: 'ERR_HTTP_STATUS', status: 401 } })
    expect(reason?.cause).toBe(taken[0]?.reason)
    expect(callback.mock.calls).toEqual([[reason, errors[0]?.ctx]])
    expect(errors).toMatchObject([{ code: 'delivery_failure', reason }])
  })

  it('is called after the retries, not between them', async () => {
    collector.fail({ status: 503 })
    const { client, taken } = createTaker({ maxRetries: 2, minRetryDelay: 1 }, () => {
      expect(answers(collector)).toEqual([503, 503, 503])
    })
    await client.track(A)
    expect(taken).toHaveLength(1)
    expect(reported).not.toHaveBeenCalled()
  })

  it('is not called for delivered events, nor for those that can never be delivered', async () => {
    const { client, taken, errors } = createTaker()
    trackMany(client, 3)
    client.track({ ...A, properties: { id: 1n } })
    client.track({ ...A, properties: { text: 'x'.repeat(40_000) } })
    expect(await client.flush()).toEqual({ delivered: 3, failed: 2, handedOver: 0 })
    expect(taken).toEqual([])
    expect(errors).toHaveLength(2)
  })

  it('gets only the one event of a batch that the server rejects', async () => {
    const { httpClient } = createPickyFetch((events) => (events.some(({ event }) => event === '3') ? 400 : undefined))
    const { client, taken } = createTaker({ httpClient })
    trackMany(client, 8)
    expect(await client.flush()).toEqual({ delivered: 7, failed: 0, handedOver: 1 })
    expect(taken.map(({ events, reason }) => [events.map(({ event }) => event), reason.status])).toEqual([[['3'], 400]])
  })

  it("includes events that scopes handed over in the client's flush", async () => {
    collector.fail({ status: 404 })
    const { client } = createTaker()
    trackMany(client.scope(), 2)
    trackMany(client.scope(), 3)
    expect(await client.closeAndFlush()).toEqual({ delivered: 0, failed: 0, handedOver: 5 })
  })
})

describe('onUndelivered and the deadline', () => {
  it('is called before the deadline, early enough to finish', async () => {
    collector.fail({ hang: true })
    const { client, taken } = createTaker({ flushAt: 2 }, () => rest(50))
    trackMany(client, 5)
    expect(await client.flush({ timeout: 1600 })).toEqual({ delivered: 0, failed: 0, handedOver: 5 })
    expect(taken.map(({ events }) => events.length)).toEqual([2, 2, 1])
    for (const { reason } of taken) expect(reason).toMatchObject({ code: 'ERR_DEADLINE' })
  })

  it('gets a quarter of the time, at most two seconds, and only if it is set', () => {
    const reporter = new Reporter((text) => text)
    const create = (onUndelivered: Take | undefined) => {
      const deps = {
        emitter: new Emitter(reporter),
        unhandled: new UnhandledFailures(() => {}),
        reporter,
        plugins: { conclude: () => undefined },
      }
      const settings = { handOver: undefined, onUndelivered, pluginTimeoutMs: 5000 }
      return new Settlement(deps, settings, new PendingTracker(() => undefined), new Limits(LIMITS))
    }
    const settlement = create(() => {})
    expect([4, 1000, 8000, 25_000, 75_000].map((ms) => settlement.reserveMs(ms))).toEqual([1, 250, 2000, 2000, 2000])
    expect(create(undefined).reserveMs(25_000)).toBe(0)
  })

  it.each<[string, Take, object]>([
    ['never ends', () => new Promise(() => {}), { code: 'ERR_DEADLINE', cause: { status: 404 } }],
    ['ends too late', () => rest(1000), { code: 'ERR_DEADLINE', cause: { status: 404 } }],
    ['rejects', () => Promise.reject(boom), { code: 'ERR_HTTP_STATUS', status: 404 }],
    [
      'throws',
      () => {
        throw boom
      },
      { code: 'ERR_HTTP_STATUS', status: 404 },
    ],
  ])('that %s leaves its events failed, with the reason', async (how, take, expected) => {
    collector.fail({ status: 404 })
    const { client, errors, taken } = createTaker({}, take)
    trackMany(client, 2)
    expect(await within(5000, client.flush({ timeout: 400 }))).toEqual({ delivered: 0, failed: 2, handedOver: 0 })
    expect(errors.map(({ reason }) => reason)).toMatchObject([expected, expected])
    const isReported = how === 'rejects' || how === 'throws'
    expect(reported.mock.calls).toEqual(isReported ? [['analytics-edge: onUndelivered threw boom']] : [])
    if (how === 'ends too late') await rest(1100)
    expect([errors.length, taken.length, client.pendingCount]).toEqual([2, 1, 0])
  })

  it('is not called again by an answer after the deadline', async () => {
    collector.fail({ delayMs: 500, status: 404 })
    const httpClient: AnalyticsSettings['httpClient'] = (url, { signal: _, ...init }) => fetch(url, init)
    const { client, taken } = createTaker({ httpClient })
    client.track(A)
    expect(await client.flush({ timeout: 200 })).toEqual({ delivered: 0, failed: 0, handedOver: 1 })
    await vi.waitUntil(() => answers(collector)[0] === 404, { timeout: 5000 })
    await rest(50)
    expect(taken).toHaveLength(1)
  })
})

it('accepted events can be sent again, and the server recognises them by their messageIds', async () => {
  collector.fail({ reset: 'after', requests: [0] })
  const { client, taken } = createTaker({ maxRetries: 0 })
  const given = { userId: 'u1', anonymousId: 'a1', context: { ip: '8.8.8.8' }, integrations: { Vero: true } }
  client.track({ ...given, event: 'A', properties: { revenue: 1.5 }, timestamp: new Date(0) })
  client.identify({ ...given, traits: { plan: 'Pro' } })
  client.page({ ...given, name: 'Home', category: 'Docs' })
  client.screen({ ...given, name: 'Home', category: 'Docs' })
  client.group({ ...given, groupId: 'g1', traits: { name: 'Initech' } })
  client.alias({ ...given, previousId: 'old' })
  expect(await client.flush()).toEqual({ delivered: 0, failed: 0, handedOver: 6 })

  // As a queue or a file would give them back.
  const stored: SegmentEvent[] = JSON.parse(JSON.stringify(taken.flatMap(({ events }) => events)))
  const second = createClient(collector)
  // The cast: an event has all that the call of its type needs.
  for (const event of stored) second[event.type](event as never)
  expect(await second.flush()).toEqual({ delivered: 6, failed: 0 })

  const first = collector.events().filter(({ duplicate }) => !duplicate)
  const again = collector.events().filter(({ duplicate }) => duplicate)
  expect(again.map(({ event }) => event)).toStrictEqual(first.map(({ event }) => event))
  expect(new Set(again.map(({ event }) => event.messageId)).size).toBe(6)
  expect(collector.events().flatMap(({ problems }) => problems)).toEqual([])
})
