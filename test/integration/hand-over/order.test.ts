import { expect, it, vi } from 'vitest'
import { toSqs } from '../../../runtimes/lambda/index.ts'
import { readHandedOver } from '../../../src/index.ts'
import { consumeMessages } from '../../../src/kit/index.ts'
import { createClient, openCollector, receivedNames, rest, trackMany } from '../../support/client.ts'
import { createMemoryQueue } from '../../support/memory-queue.ts'
import { createPickyFetch } from '../../support/retries.ts'

const collector = await openCollector()
const OPTIONS = { timeoutMs: 5_000, plugins: false }
vi.spyOn(console, 'warn').mockImplementation(() => {})

it('never resends events delivered after a returned message', async () => {
  const { to, bodies } = createMemoryQueue()
  const producer = createClient(collector, { handOver: { to, when: 'always' } })
  for (const event of ['A', 'B']) await producer.track({ userId: 'u1', event })
  const messages = bodies.map((body, index) => ({ id: `m${index}`, body, group: 'u1' }))
  let isDown = true
  const { httpClient, batches } = createPickyFetch(([first, second]) => {
    if (second) return 413
    return first?.event === 'A' && isDown ? 503 : undefined
  })
  const client = createClient(collector, { httpClient, maxRetries: 0 })
  for (let delivery = 0; delivery < 3; delivery++) {
    expect([...(await consumeMessages(client, messages, OPTIONS)).returned]).toEqual([0, 1])
  }
  isDown = false
  expect((await consumeMessages(client, messages, OPTIONS)).returned.size).toBe(0)
  expect(batches).toEqual([['A', 'B'], ['A'], ['B'], ['A'], ['A'], ['A']])
  expect(receivedNames(collector)).toEqual(['B', 'A'])
})

it('returns a foreign message alone: it keeps back neither its group nor the others', async () => {
  const { to, bodies } = createMemoryQueue(undefined, { maxBytes: 1_000_000, maxCallBytes: 1_000_000, maxCount: 10 })
  const producer = createClient(collector, { handOver: { to, when: 'always' } })
  const properties = { big: 'x'.repeat(30_000) }
  for (let message = 0; message < 3; message++) {
    for (let index = 0; index < 10; index++) producer.track({ userId: 'u1', event: `${message}`, properties })
    await producer.flush()
  }
  const messages = ['of others', ...bodies].map((body, index) => ({ id: `m${index}`, body, group: `u${index % 2}` }))
  const { returned } = await consumeMessages(createClient(collector), messages, OPTIONS)
  // More than one request: otherwise, all would have been sent together.
  expect(collector.requests().length).toBeGreaterThan(1)
  expect([...returned]).toEqual([0])
  expect(new Set(receivedNames(collector))).toEqual(new Set(['0', '1', '2']))
})

it('keeps many small events from overtaking a failed request', async () => {
  const messages = [0, 1, 2].map((message) => {
    const events = Array.from({ length: 1_000 }, (_, index) => ({
      type: 'track',
      userId: 'u',
      event: 'e',
      messageId: `${message}-${index}`,
    }))
    return { id: `m${message}`, body: JSON.stringify({ 'analytics-edge': 1, events }), group: 'u' }
  })
  collector.fail({ status: 503, times: 1 })
  const { returned } = await consumeMessages(createClient(collector, { maxRetries: 0 }), messages, OPTIONS)
  expect([...returned]).toEqual([0, 1, 2])
  expect(receivedNames(collector)).toEqual([])
})

it('keeps events from overtaking a failed request, even in multi-byte text', async () => {
  const { to, bodies } = createMemoryQueue()
  const producer = createClient(collector, { handOver: { to, when: 'always' } })
  const properties = { text: '€'.repeat(9_000) }
  for (let index = 0; index < 40; index++) await producer.track({ userId: 'u1', event: `${index}`, properties })
  const messages = bodies.map((body, index) => ({ id: `m${index}`, body, group: 'u1' }))
  collector.fail({ status: 503, times: 1 })
  const { returned } = await consumeMessages(createClient(collector, { maxRetries: 0 }), messages, OPTIONS)
  expect(returned.size).toBe(40)
  expect(receivedNames(collector)).toEqual([])
})

it('keeps the order of a producer with maxConcurrentRequests: 1, even if its first call is slow', async () => {
  const order: unknown[] = []
  const to = toSqs({
    queueUrl: 'http://127.0.0.1/1/events.fifo',
    async send({ Entries }) {
      if (order.length === 0) await rest(100)
      for (const { MessageBody } of Entries) order.push(...readHandedOver(MessageBody).map(({ event }) => event))
      return {}
    },
  })
  const client = createClient(collector, { maxConcurrentRequests: 1, handOver: { to, when: 'always' } })
  trackMany(client, 40)
  await client.flush()
  expect(order).toEqual(Array.from({ length: 40 }, (_, index) => `${index}`))
})
