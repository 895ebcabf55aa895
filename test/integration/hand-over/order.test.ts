import { expect, it, vi } from 'vitest'
import { toSqs } from '../../../runtimes/lambda/index.ts'
import { readHandedOver } from '../../../src/index.ts'
import { consumeMessages } from '../../../src/kit/index.ts'
import { createClient, openCollector, receivedNames, rest, trackMany } from '../../support/client.ts'
import { createMemoryQueue } from '../../support/memory-queue.ts'

const collector = await openCollector()
const OPTIONS = { timeoutMs: 5_000, plugins: false }
vi.spyOn(console, 'warn').mockImplementation(() => {})

it('never resends events delivered after a returned message', async () => {
  const { to, bodies } = createMemoryQueue()
  await createClient(collector, { handOver: { to, when: 'always' } }).track({ userId: 'u1', event: 'A' })
  const messages = ['of others', ...bodies].map((body, index) => ({ id: `m${index}`, body, group: 'u1' }))
  const client = createClient(collector)
  for (let delivery = 0; delivery < 3; delivery++) {
    expect([...(await consumeMessages(client, messages, OPTIONS)).returned]).toEqual([0, 1])
  }
  expect(receivedNames(collector)).toEqual(['A'])
  // The first has moved to the dead-letter queue.
  expect((await consumeMessages(client, messages.slice(1), OPTIONS)).returned.size).toBe(0)
  expect(receivedNames(collector)).toEqual(['A'])
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
