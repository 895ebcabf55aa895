import { describe, expect, it } from 'vitest'
import type { Batch } from '../../../src/delivery/batch.ts'
import { Batcher } from '../../../src/delivery/batcher.ts'
import { type Generation, PendingTracker } from '../../../src/delivery/outcome/pending-tracker.ts'
import { BUILT_HERE } from '../../../src/delivery/queue.ts'
import { QueuedEvent } from '../../../src/delivery/queued-event.ts'
import { MAX_BATCH_BYTES } from '../../../src/delivery/sender.ts'
import { MAX_EVENT_BYTES, serializeEvent } from '../../../src/delivery/serialize-event.ts'
import { buildTrack } from '../../../src/events/build.ts'
import { type Analytics, DeliveryError, type TrackParams } from '../../../src/index.ts'
import { utf8ByteLength } from '../../../src/lib/utf8-byte-length.ts'
import { createClient, openCollector, receivedNames, recordErrors } from '../../support/client.ts'

const collector = await openCollector()

const FIXED = { userId: 'u1', event: 'A', messageId: 'm-1', timestamp: '2026-01-02T03:04:05.678Z' }

const tracker = new PendingTracker<QueuedEvent>(() => undefined)

function createEvent(generation = tracker.newest): QueuedEvent {
  return new QueuedEvent('track', undefined, generation, BUILT_HERE)
}

function serialize(params: TrackParams): QueuedEvent {
  const event = createEvent()
  const reason = serializeEvent(event, buildTrack(params, {}))
  if (reason) throw reason
  return event
}

/** A track whose JSON has exactly so many bytes, nearly all of them in characters like `filler`. */
function paramsOfSize(byteCount: number, filler = 'x', id = 0): TrackParams {
  const params = (text: string) => ({ ...FIXED, messageId: `m-${String(id).padStart(5, '0')}`, properties: { text } })
  const room = byteCount - serialize(params('')).byteCount
  const fillerBytes = Buffer.byteLength(filler)
  return params(filler.repeat(Math.floor(room / fillerBytes)) + 'x'.repeat(room % fillerBytes))
}

describe('utf8ByteLength', () => {
  it.each([
    ['nothing', '', 0],
    ['ASCII', 'a\u007f', 2],
    ['two bytes', '\u0080é\u07ff', 6],
    ['three bytes', '\u0800€\uffff', 9],
    ['a surrogate pair', '😀', 4],
    ['the last code point', '\u{10ffff}', 4],
    ['both neighbours of the surrogates', '\ud7ff\ue000', 6],
    ['a mixture', 'aé€😀', 10],
  ])('%s', (_, text, byteCount) => {
    expect(utf8ByteLength(text)).toBe(byteCount)
    expect(Buffer.byteLength(text)).toBe(byteCount)
  })

  it('agrees with TextEncoder on every code point', () => {
    const wrong: number[] = []
    for (let point = 0; point <= 0x10ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue
      const expected = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
      if (utf8ByteLength(String.fromCodePoint(point)) !== expected) wrong.push(point)
    }
    expect(wrong).toEqual([])
  })
})

describe('an event', () => {
  it.each(['x', 'é', '€', '😀'])(
    'of exactly 32 KB of %s is delivered, and fails with one byte more',
    async (filler) => {
      const client = createClient(collector)
      const errors = recordErrors(client)
      client.track({ ...paramsOfSize(32 * 1024, filler), event: 'A' })
      client.track({ ...paramsOfSize(32 * 1024 + 1, filler, 1), event: 'A' })
      expect(await client.flush()).toEqual({ delivered: 1, failed: 1 })

      const [received] = collector.events()
      expect(receivedNames(collector)).toEqual(['A'])
      expect(received?.event.messageId).toBe('m-00000')
      expect(Buffer.byteLength(JSON.stringify(received?.event))).toBe(32 * 1024)
      expect(errors).toHaveLength(1)
      expect(errors[0]?.reason).toMatchObject({ code: 'ERR_EVENT_TOO_LARGE' })
      expect(String(errors[0]?.reason)).toContain(`${32 * 1024 + 1} bytes`)
    },
  )

  it.each(['\ud800', '\udc00', 'a\ud83d', '\ude00\ud83d', '\ud83d😀'])(
    'with a lone surrogate, %j, is counted as it is sent, and arrives unchanged',
    async (text) => {
      const properties = { text: text.repeat(3) }
      const { json, byteCount } = serialize({ ...FIXED, properties })
      expect(byteCount).toBe(Buffer.byteLength(json))
      await createClient(collector).track({ ...FIXED, properties })
      expect(collector.events()[0]?.event.properties).toEqual(properties)
    },
  )

  it('of lone surrogates is measured by its escapes, six bytes each', () => {
    const event = buildTrack({ ...FIXED, properties: { text: '\ud800'.repeat((32 * 1024) / 6) } }, {})
    const reason = serializeEvent(createEvent(), event)
    expect(reason).toBeInstanceOf(DeliveryError)
    expect(reason).toMatchObject({ code: 'ERR_EVENT_TOO_LARGE' })
  })
})

/** A batcher whose requests never end, and the numbers of the events in each of them. */
function createBatcher(flushAt: number, roomBytes = MAX_BATCH_BYTES, maxConcurrentRequests = 100) {
  const sent: number[][] = []
  const send = (batch: Batch) => {
    sent.push(batch.events.map(({ json }) => Number.parseInt(json, 10)))
    return new Promise<never>(() => {})
  }
  const batcher = new Batcher({ flushAt, maxConcurrentRequests }, roomBytes, send, () => {})
  const add = (...events: QueuedEvent[]) => {
    for (const event of events) batcher.add(event)
  }
  return { batcher, sent, add }
}

/** Events of that many bytes, which begin with their number. */
function buildEvents(count: number, byteCount: number, generation?: Generation): QueuedEvent[] {
  return Array.from({ length: count }, (_, index) =>
    Object.assign(createEvent(generation), { json: `${index + 1}`.padEnd(byteCount, ' '), byteCount }),
  )
}

describe('a batcher', () => {
  it('sends exactly flushAt events, in order, and starts the next batch', () => {
    const { batcher, sent, add } = createBatcher(3)
    add(...buildEvents(4, 10))
    expect(sent).toEqual([[1, 2, 3]])
    expect(batcher.isCollecting).toBe(true)
    batcher.sendOpen()
    expect(sent).toEqual([[1, 2, 3], [4]])
    expect(batcher.isCollecting).toBe(false)
    batcher.sendOpen()
    expect(sent).toHaveLength(2)
  })

  it('sends each event at once when flushAt is 1', () => {
    const { batcher, sent, add } = createBatcher(1)
    add(...buildEvents(2, 10))
    expect(sent).toEqual([[1], [2]])
    expect(batcher.isCollecting).toBe(false)
  })

  it('fills a request to the byte, commas included, and keeps the event that does not fit', () => {
    const exact = createBatcher(2500, 3 * 10 + 2)
    exact.add(...buildEvents(4, 10))
    expect(exact.sent).toEqual([[1, 2, 3]])
    const short = createBatcher(2500, 3 * 10 + 1)
    short.add(...buildEvents(4, 10))
    expect(short.sent).toEqual([[1, 2]])
    expect(short.batcher.waitingBytes).toBe(20)
  })

  it('withdraws the oldest event first, and frees its room', () => {
    const { batcher, sent, add } = createBatcher(2500, 3 * 10 + 2)
    const events = buildEvents(5, 10)
    add(...events.slice(0, 3))
    expect(batcher.withdrawOldest()).toBe(events[0])
    add(...events.slice(3, 4))
    expect(sent).toEqual([])
    add(...events.slice(4))
    expect(sent).toEqual([[2, 3, 4]])
    expect(batcher.withdrawOldest()).toBe(events[4])
    expect(batcher.withdrawOldest()).toBeUndefined()
    expect(batcher.isCollecting).toBe(false)
  })

  it('withdraws events of waiting batches before the one being collected, and never those in flight', () => {
    const { batcher, sent, add } = createBatcher(2, MAX_BATCH_BYTES, 1)
    const events = buildEvents(5, 10)
    add(...events)
    expect(sent).toEqual([[1, 2]])
    expect(batcher.waitingBytes).toBe(30)
    expect([batcher.withdrawOldest(), batcher.withdrawOldest(), batcher.withdrawOldest()]).toEqual(events.slice(2))
    expect(batcher.withdrawOldest()).toBeUndefined()
    expect(batcher.waitingBytes).toBe(0)
  })

  it('sends events of different flushes in separate batches, each with its own deadline', () => {
    const sent: [count: number, deadlineMs: number][] = []
    const send = ({ events, atMs }: Batch) => {
      sent.push([events.length, atMs])
      return new Promise<never>(() => {})
    }
    const batcher = new Batcher({ flushAt: 3, maxConcurrentRequests: 4 }, MAX_BATCH_BYTES, send, () => {})
    const flushed = new PendingTracker<QueuedEvent>(() => undefined)
    const covered = buildEvents(2, 10, flushed.accept())
    flushed.beginFlush(2000, () => {})
    for (const event of [...covered, ...buildEvents(3, 10, flushed.accept())]) batcher.add(event)
    expect(sent).toEqual([
      [2, 2000],
      [3, Infinity],
    ])
  })

  it('fails only the events that an expired flush covers, in flight or waiting', () => {
    const ended: [numbers: number[], code: string | undefined][] = []
    const sent: Batch[] = []
    const batcher = new Batcher(
      { flushAt: 1, maxConcurrentRequests: 1 },
      MAX_BATCH_BYTES,
      (batch) => {
        sent.push(batch)
        return new Promise<never>(() => {})
      },
      (events, reason) => ended.push([events.map(({ json }) => Number.parseInt(json, 10)), reason?.code]),
    )
    const flushed = new PendingTracker<QueuedEvent>(() => undefined)
    const covered = buildEvents(2, 10, flushed.accept())
    const { lastIndex } = flushed.beginFlush(2000, () => {})
    for (const event of [...covered, ...buildEvents(2, 10, flushed.accept())]) batcher.add(event)
    batcher.expire(lastIndex)
    expect(ended).toEqual([
      [[1], 'ERR_DEADLINE'],
      [[2], 'ERR_DEADLINE'],
    ])
    // The next one is in flight now.
    expect(batcher.waitingBytes).toBe(10)
    expect(sent.map(({ events }) => events.map(({ json }) => Number.parseInt(json, 10)))).toEqual([[1], [1]])
  })

  it('sends the halves of a rejected batch before waiting events, so that the oldest stays the oldest', async () => {
    const sent: number[][] = []
    const rejection = new DeliveryError('ERR_HTTP_STATUS', '[400] Bad Request', { status: 400 })
    const send = async (batch: Batch) => {
      sent.push(batch.events.map(({ json }) => Number.parseInt(json, 10)))
      return batch.events.length > 1 ? ({ kind: 'split', reason: rejection } as const) : new Promise<never>(() => {})
    }
    const batcher = new Batcher({ flushAt: 2, maxConcurrentRequests: 1 }, MAX_BATCH_BYTES, send, () => {})
    const events = buildEvents(4, 10)
    for (const event of events) batcher.add(event)
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toEqual([[1, 2], [1]])
    expect(batcher.withdrawOldest()).toBe(events[1])
    expect(batcher.withdrawOldest()).toBe(events[2])
    expect(batcher.waitingBytes).toBe(10)
  })
})

describe('requests', () => {
  it.each([
    ['ASCII', 'x', 'wk_unit'],
    ['multi-byte', '€', 'ключ'],
    ['surrogate pairs', '😀', 'wk_unit'],
  ])('never exceed 480 KB, and come close to it: %s', async (_, filler, writeKey) => {
    const client = createClient(collector, { flushAt: 2500, writeKey })
    const count = 120
    const sizes = Array.from({ length: count }, (_, index) => 9_000 + ((index * 7_919) % 23_000))
    for (const [index, size] of sizes.entries()) client.track(paramsOfSize(size, filler, index))
    expect(await client.flush()).toEqual({ delivered: count, failed: 0 })

    const byteCounts = collector.requests().map(({ bytes }) => bytes)
    expect(Math.max(...byteCounts)).toBeLessThanOrEqual(480 * 1024)
    const full = byteCounts.toSorted((a, b) => b - a).slice(0, -1)
    expect(Math.min(...full)).toBeGreaterThan((480 - 33) * 1024)
    expect(new Set(collector.events().map(({ event }) => event.messageId)).size).toBe(count)
    expect(collector.events().flatMap(({ problems }) => problems)).toEqual([])
  })

  /** Fifteen events that make one body of exactly so many bytes. */
  function trackBody(client: Analytics, writeKey: string, byteCount: number): void {
    const empty = JSON.stringify({ batch: [], writeKey, sentAt: new Date().toISOString() })
    const commas = 14
    const last = byteCount - Buffer.byteLength(empty) - commas - 14 * MAX_EVENT_BYTES
    for (let index = 0; index < 14; index++) client.track(paramsOfSize(MAX_EVENT_BYTES, 'x', index))
    client.track(paramsOfSize(last, 'x', 14))
  }

  it.each(['k', 'ключ'.repeat(20)])('are split at the exact byte, whatever the write key: %s', async (writeKey) => {
    const client = createClient(collector, { flushAt: 100, writeKey })
    trackBody(client, writeKey, MAX_BATCH_BYTES)
    await client.flush()
    expect(collector.requests().map(({ bytes }) => bytes)).toEqual([MAX_BATCH_BYTES])
    trackBody(client, writeKey, MAX_BATCH_BYTES + 1)
    await client.flush()
    // Two requests at once arrive in either order.
    const counts = collector.requests().map(({ eventCount }) => eventCount)
    expect(counts.toSorted((a, b) => b - a)).toEqual([15, 14, 1])
  })

  it('hold flushAt events, and leave without a flush when full', async () => {
    const client = createClient(collector, { flushAt: 4 })
    const drained = new Promise<void>((resolve) => client.once('drained', resolve))
    for (let index = 0; index < 8; index++) client.track({ userId: 'u1', event: `${index}` })
    await drained
    expect(collector.requests().map(({ eventCount }) => eventCount)).toEqual([4, 4])
    expect(receivedNames(collector).toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
  })
})
