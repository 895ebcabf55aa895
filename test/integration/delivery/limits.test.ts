import { describe, expect, it, vi } from 'vitest'
import type { Collector } from '../../../collector/index.ts'
import { type Analytics, DeliveryError } from '../../../src/index.ts'
import {
  createClient,
  openCollector,
  reasonOf,
  receivedNames,
  recordErrors,
  rest,
  trackMany,
  within,
} from '../../support/client.ts'

const collector = await openCollector()

/** The names of the events that failed because the queue was full, as they are reported; of others, the reason. */
function recordRejected(client: Analytics): unknown[] {
  const names: unknown[] = []
  client.on('error', ({ reason, ctx }) => {
    const isFull = reason instanceof DeliveryError && reason.code === 'ERR_QUEUE_FULL'
    names.push(isFull && ctx.failedDelivery()?.reason === reason ? ctx.event.event : reason)
  })
  return names
}

/** A track whose JSON takes about so many bytes. */
const ofBytes = (event: string, byteCount: number) => ({
  userId: 'u1',
  event,
  properties: { text: 'x'.repeat(byteCount - 400) },
})

describe('maxQueueSize', () => {
  it('fails the newest events at once, and delivers the earlier ones', async () => {
    const client = createClient(collector, { maxQueueSize: 5 })
    const rejected = recordRejected(client)
    trackMany(client, 8)
    expect(rejected).toEqual(['5', '6', '7'])
    expect(client.pendingCount).toBe(5)
    expect(await client.flush()).toEqual({ delivered: 5, failed: 0 })
    expect(receivedNames(collector)).toEqual(['0', '1', '2', '3', '4'])
    expect(rejected).toHaveLength(3)
  })

  it('sends an event at once if a flush that covers it began while room was made for it', async () => {
    const client = createClient(collector, { maxQueueSize: 1, failWhenFull: 'oldest', flushInterval: 60_000 })
    let flushed: Promise<unknown> | undefined
    client.on('error', () => {
      flushed = client.flush({ timeout: 20_000 })
    })
    trackMany(client, 2)
    expect(await within(3_000, flushed ?? Promise.resolve())).toEqual({ delivered: 1, failed: 0 })
    expect(receivedNames(collector)).toEqual(['1'])
  })

  it("fails the oldest events instead with failWhenFull: 'oldest'", async () => {
    const client = createClient(collector, { maxQueueSize: 5, failWhenFull: 'oldest' })
    const rejected = recordRejected(client)
    trackMany(client, 8)
    expect(rejected).toEqual(['0', '1', '2'])
    expect(await client.flush()).toEqual({ delivered: 5, failed: 0 })
    expect(receivedNames(collector)).toEqual(['3', '4', '5', '6', '7'])
    expect(rejected).toHaveLength(3)
  })

  it('fails the oldest event not in flight: first in waiting batches, then in the one being collected', async () => {
    collector.fail({ delayMs: 100 })
    const client = createClient(collector, {
      maxQueueSize: 5,
      failWhenFull: 'oldest',
      flushAt: 2,
      maxConcurrentRequests: 1,
    })
    const rejected = recordRejected(client)
    trackMany(client, 5)
    await rest(0)
    expect(rejected).toEqual([])
    trackMany(client, 3)
    // 0 and 1 are in flight; 2 and 3 wait as a batch, 4 is being collected.
    expect(rejected).toEqual(['2', '3', '4'])
    expect(await client.flush()).toEqual({ delivered: 5, failed: 0 })
    expect(receivedNames(collector)).toEqual(['0', '1', '0', '1', '2'])
  })

  it('still rejects the newest event if all others are in flight', async () => {
    collector.fail({ delayMs: 100 })
    const client = createClient(collector, { maxQueueSize: 3, failWhenFull: 'oldest', flushAt: 1 })
    const rejected = recordRejected(client)
    trackMany(client, 3)
    await rest(0)
    client.track({ userId: 'u1', event: '3' })
    expect(rejected).toEqual(['3'])
    expect(await client.flush()).toEqual({ delivered: 3, failed: 0 })
    expect(receivedNames(collector).toSorted()).toEqual(['0', '1', '2'])
  })

  it.each(['newest', 'oldest'] as const)(
    'reports each of the %s once to Delivery, callback and listener',
    async (failWhenFull) => {
      const client = createClient(collector, { maxQueueSize: 1, failWhenFull })
      const errors = recordErrors(client)
      const [first, second] = [vi.fn(), vi.fn()]
      const deliveries = [
        client.track({ userId: 'u1', event: 'first' }, first),
        client.track({ userId: 'u1', event: 'second' }, second),
      ]
      const outcomes = await Promise.all(deliveries)
      const failed = failWhenFull === 'newest' ? 1 : 0
      const reasons = await Promise.all(deliveries.map(reasonOf))
      expect(reasons[1 - failed]).toBeUndefined()
      expect(reasons[failed]).toMatchObject({ code: 'ERR_QUEUE_FULL' })
      for (const [index, callback] of [first, second].entries()) {
        const { messageId } = outcomes[index] ?? {}
        expect(callback.mock.calls).toEqual([[reasons[index], expect.objectContaining({ id: messageId })]])
      }
      expect(errors).toMatchObject([
        { code: 'delivery_failure', reason: reasons[failed], ctx: { id: outcomes[failed]?.messageId } },
      ])
      expect(receivedNames(collector)).toEqual([failed === 1 ? 'first' : 'second'])
    },
  )

  it('applies to each queue separately, and room returns once events are settled', async () => {
    const client = createClient(collector, { maxQueueSize: 2 })
    const rejected = recordRejected(client)
    const scope = client.scope()
    for (const queue of [client, scope, client, scope]) {
      trackMany(queue, 2)
      await queue.flush()
    }
    expect(rejected).toEqual([])
    expect(receivedNames(collector)).toHaveLength(8)
  })
})

describe('maxQueueBytes', () => {
  it('limits the events of a queue, in flight or not, and still accepts those that fit', async () => {
    collector.fail({ delayMs: 100, times: 1 })
    const client = createClient(collector, { maxQueueBytes: 32 * 1024, flushAt: 2 })
    const rejected = recordRejected(client)
    for (const event of ['0', '1', '2']) client.track(ofBytes(event, 10_000))
    client.track(ofBytes('too much', 10_000))
    client.track(ofBytes('small', 1_000))
    expect(rejected).toEqual(['too much'])
    expect(await client.flush()).toEqual({ delivered: 4, failed: 0 })
    client.track(ofBytes('later', 30_000))
    expect(await client.flush()).toEqual({ delivered: 1, failed: 0 })
    expect(receivedNames(collector).toSorted()).toEqual(['0', '1', '2', 'later', 'small'])
  })

  it('fails as many of the oldest as the newest needs', async () => {
    const client = createClient(collector, { maxQueueBytes: 32 * 1024, failWhenFull: 'oldest' })
    const rejected = recordRejected(client)
    for (const event of ['0', '1', '2']) client.track(ofBytes(event, 10_000))
    client.track(ofBytes('large', 20_000))
    expect(rejected).toEqual(['0', '1'])
    expect(await client.flush()).toEqual({ delivered: 2, failed: 0 })
    expect(receivedNames(collector)).toEqual(['2', 'large'])
  })

  it('fails none of the oldest if that would not make enough room', async () => {
    collector.fail({ delayMs: 100 })
    const client = createClient(collector, {
      maxQueueBytes: 32 * 1024,
      failWhenFull: 'oldest',
      flushAt: 1,
      maxConcurrentRequests: 1,
    })
    const rejected = recordRejected(client)
    client.track(ofBytes('in flight', 20_000))
    client.track(ofBytes('waiting', 5_000))
    await rest(0)
    client.track(ofBytes('large', 20_000))
    expect(rejected).toEqual(['large'])
    expect(await client.flush()).toEqual({ delivered: 2, failed: 0 })
    expect(receivedNames(collector)).toEqual(['in flight', 'waiting'])
  })
})

describe('maxConcurrentRequests', () => {
  /** The most requests that the collector had open at once. */
  function countOpen({ requests }: Collector): number {
    // Its clocks differ by a millisecond or two; a request that follows another does not overlap it.
    const spans = requests().map(({ at, durationMs }) => ({
      startMs: Date.parse(at),
      durationMs: Number(durationMs) - 5,
    }))
    const isOpenAt = (ms: number) => spans.filter((span) => span.startMs <= ms && ms < span.startMs + span.durationMs)
    return Math.max(...spans.map(({ startMs }) => isOpenAt(startMs).length))
  }

  it.each([
    [undefined, 4],
    [1, 1],
    [7, 7],
  ])('of %s allows %i open requests, and uses all of them', async (maxConcurrentRequests, openCount) => {
    collector.fail({ delayMs: 150 })
    const client = createClient(collector, { flushAt: 1, maxConcurrentRequests })
    const requestCount = openCount * 3
    trackMany(client, requestCount)
    expect(await client.flush()).toEqual({ delivered: requestCount, failed: 0 })
    expect(countOpen(collector)).toBe(openCount)
    expect(collector.requests()).toHaveLength(requestCount)
  })

  it('starts the next batch when one ends, whatever its outcome', async () => {
    collector.fail({ hang: true, requests: [0] })
    collector.fail({ status: 404, requests: [1, 2] })
    const client = createClient(collector, { flushAt: 1, maxConcurrentRequests: 2 })
    const errors = recordErrors(client)
    trackMany(client, 10)
    await vi.waitUntil(() => collector.events().length === 7, { timeout: 5000 })
    expect([errors.length, client.pendingCount]).toEqual([2, 1])
    expect(collector.requests()).toHaveLength(10)
    expect(await client.flush({ timeout: 100 })).toEqual({ delivered: 0, failed: 1 })
  })
})
