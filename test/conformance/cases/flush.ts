import { equal, ok } from '../assert.ts'
import { type Case, failureOf, LONG_MS, receivedEvents, receivedNames, waitFor } from '../case.ts'

/** Longer than LONG_MS, so that whatever waits for it is found out. */
const FOREVER_MS = 600_000

export const flushCases: Case[] = [
  {
    name: 'ten tracks and a flush make one request, in order',
    async run({ createClient, collector }) {
      const client = createClient()
      const names = Array.from({ length: 10 }, (_, index) => `E${index}`)
      for (const event of names) client.track({ userId: 'u1', event })
      equal(await client.flush(), { delivered: 10, failed: 0 })
      equal(await receivedNames(collector), names)
      equal((await collector.requests()).length, 1, 'requests')
    },
  },
  {
    name: 'flushAt events leave without a flush, the rest with one',
    async run({ createClient, collector }) {
      const client = createClient({ flushAt: 3 })
      for (let index = 0; index < 7; index++) client.track({ userId: 'u1', event: `E${index}` })
      equal(await client.flush(), { delivered: 7, failed: 0 })
      const counts = (await collector.requests()).map(({ eventCount }) => eventCount)
      equal(counts.toSorted(), [1, 3, 3], 'events in each request')
      equal((await receivedNames(collector)).toSorted(), ['E0', 'E1', 'E2', 'E3', 'E4', 'E5', 'E6'])
    },
  },
  {
    name: 'flushAt 1 turns batching off',
    async run({ createClient, collector }) {
      const client = createClient({ flushAt: 1 })
      for (let index = 0; index < 6; index++) client.track({ userId: 'u1', event: `E${index}` })
      await client.flush()
      equal(
        (await collector.requests()).map(({ eventCount }) => eventCount),
        [1, 1, 1, 1, 1, 1],
      )
      equal((await receivedEvents(collector)).length, 6)
    },
  },
  {
    name: 'flush with nothing pending ends without a request',
    async run({ createClient, collector }) {
      const client = createClient()
      equal(await client.flush(), { delivered: 0, failed: 0 })
      equal(await client.flush({ timeout: FOREVER_MS }), { delivered: 0, failed: 0 })
      equal(await collector.requests(), [], 'requests')
    },
  },
  {
    name: 'overlapping flushes share their requests, and each waits for everything that was pending',
    async run({ createClient, collector }) {
      await collector.fail({ delayMs: 50 })
      const client = createClient()
      client.track({ userId: 'u1', event: 'One' })
      const first = client.flush()
      client.track({ userId: 'u1', event: 'Two' })
      const second = client.flush()
      const third = client.flush()
      equal(await third, { delivered: 2, failed: 0 }, 'third')
      equal((await receivedNames(collector)).toSorted(), ['One', 'Two'], 'what had arrived by then')
      equal(
        [await first, await second],
        [
          { delivered: 1, failed: 0 },
          { delivered: 2, failed: 0 },
        ],
      )
      equal((await collector.requests()).length, 2, 'requests')
    },
  },
  {
    name: 'flush ends under steady traffic, and covers what was accepted before it',
    async run({ createClient, collector }) {
      const client = createClient({ flushAt: 1 })
      let isOver = false
      let count = 1
      const feed = () => {
        if (!isOver) client.track({ userId: 'u1', event: `E${count++}` }, feed)
      }
      client.track({ userId: 'u1', event: 'E0' }, feed)
      const { failed } = await client.flush({ timeout: FOREVER_MS })
      isOver = true
      equal(failed, 0, 'failed')
      await client.flush()
      equal((await receivedNames(collector)).length, count, 'events')
    },
  },
  {
    name: 'flush({ timeout }) against a hanging endpoint ends in time and reports what failed',
    async run({ lib, createClient, collector }) {
      await collector.fail({ hang: true })
      const client = createClient({ httpRequestTimeout: FOREVER_MS })
      const deliveries = [client.track({ userId: 'u1', event: 'One' }), client.track({ userId: 'u1', event: 'Two' })]
      const startedMs = Date.now()
      equal(await client.flush({ timeout: 200 }), { delivered: 0, failed: 2 })
      ok(Date.now() - startedMs < LONG_MS, 'it ended in time')
      for (const delivery of deliveries) equal((await failureOf(lib, delivery)).code, 'ERR_DEADLINE')
    },
  },
  {
    name: 'a flush after one that timed out works as usual, and sends nothing twice',
    async run({ createClient, collector }) {
      await collector.fail({ hang: true, times: 1 })
      const client = createClient({ flushAt: 1, httpRequestTimeout: FOREVER_MS })
      client.track({ userId: 'u1', event: 'Lost' })
      await waitFor('the request that hangs', async () => (await collector.requests()).length === 1)
      equal(await client.flush({ timeout: 50 }), { delivered: 0, failed: 1 })
      client.track({ userId: 'u1', event: 'After' })
      equal(await client.flush(), { delivered: 1, failed: 0 })
      equal(await receivedNames(collector), ['After'])
      equal((await collector.requests()).length, 2, 'requests')
    },
  },
  {
    name: 'a flush with an earlier deadline ends a previous one, which counts delivered and failed separately',
    async run({ createClient, collector }) {
      await collector.fail({ hang: true, times: 1 })
      const client = createClient({ flushAt: 2, httpRequestTimeout: FOREVER_MS })
      let deliveredCount = 0
      client.on('track', () => deliveredCount++)
      client.track({ userId: 'u1', event: 'A' })
      client.track({ userId: 'u1', event: 'B' })
      await waitFor('the request that hangs', async () => (await collector.requests()).length === 1)
      for (const event of ['C', 'D', 'E']) client.track({ userId: 'u1', event })
      const patient = client.flush({ timeout: FOREVER_MS })
      await waitFor('the others are delivered', () => deliveredCount === 3)
      equal(await client.flush({ timeout: 50 }), { delivered: 0, failed: 2 }, 'the second flush')
      equal(await patient, { delivered: 3, failed: 2 }, 'the first flush')
      equal((await receivedNames(collector)).toSorted(), ['C', 'D', 'E'])
    },
  },
]
