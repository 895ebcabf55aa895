import { afterEach, expect, it, vi } from 'vitest'
import { Analytics } from '../../../src/index.ts'
import { type ConsumedMessage, consumeMessages } from '../../../src/kit/index.ts'
import { createClient, openCollector, receivedNames, recordErrors } from '../../support/client.ts'
import { createMemoryQueue } from '../../support/memory-queue.ts'
import { createPickyFetch } from '../../support/retries.ts'

const collector = await openCollector()
const OPTIONS = { timeoutMs: 5_000, plugins: false }
const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
afterEach(() => void warned.mockClear())

/** Messages as they come out of a queue; each has the events of one invocation. */
async function produce(invocations: readonly (readonly string[])[]): Promise<ConsumedMessage[]> {
  const { to, bodies } = createMemoryQueue()
  const client = new Analytics({ writeKey: 'k', handOver: { to, when: 'always' } })
  for (const events of invocations) {
    for (const event of events) client.track({ userId: 'u1', event, messageId: `id-${event}` })
    await client.flush()
  }
  return bodies.map((body, index) => ({ id: `m${index}`, body }))
}

it('merges the events of all messages into one request', async () => {
  const messages = await produce([['A'], ['B', 'C'], ['D']])
  const { returned } = await consumeMessages(createClient(collector), messages, OPTIONS)
  expect([...returned]).toEqual([])
  expect(receivedNames(collector)).toEqual(['A', 'B', 'C', 'D'])
  expect(collector.requests()).toHaveLength(1)
})

it('returns foreign messages by name, and delivers the others', async () => {
  const foreign = [
    'hello',
    '{"events":[]}',
    5,
    null,
    '{"analytics-edge":2,"events":[]}',
    { 'analytics-edge': 1, events: 'x' },
  ]
  const messages = [...(await produce([['A']])), ...foreign.map((body, index) => ({ id: `foreign-${index}`, body }))]
  const { returned } = await consumeMessages(createClient(collector), messages, OPTIONS)
  expect([...returned].toSorted()).toEqual([1, 2, 3, 4, 5, 6])
  expect(receivedNames(collector)).toEqual(['A'])
  for (let index = 0; index < 6; index++)
    expect(String(warned.mock.calls[index])).toContain(`message foreign-${index} is rejected`)
})

it('reports a poison event once and delivers the others, even if eight of them fail a whole request', async () => {
  const names = Array.from({ length: 32 }, (_, index) => (index % 2 === 0 ? `bad-${index}` : `good-${index}`))
  const { httpClient } = createPickyFetch((events) =>
    events.some(({ event }) => event.startsWith('bad')) ? 400 : undefined,
  )
  const client = createClient(collector, { httpClient })
  const errors = recordErrors(client)
  const messages = await produce(names.map((name) => [name]))
  const { returned } = await consumeMessages(client, messages, OPTIONS)
  expect([...returned]).toEqual([])
  expect(receivedNames(collector).toSorted()).toEqual(names.filter((name) => name.startsWith('good')).toSorted())
  expect(errors.map(({ ctx }) => ctx.event.event).toSorted()).toEqual(
    names.filter((name) => name.startsWith('bad')).toSorted(),
  )
})

it('isolates a poison event once, even if its message is redelivered because of others', async () => {
  let isDown = true
  const { httpClient, batches } = createPickyFetch((events) => {
    if (events.some(({ event }) => event === 'bad')) return 400
    return isDown ? 503 : undefined
  })
  const client = createClient(collector, { httpClient, maxRetries: 0 })
  const errors = recordErrors(client)
  const messages = await produce([['bad', 'A', 'B']])
  expect([...(await consumeMessages(client, messages, OPTIONS)).returned]).toEqual([0])
  isDown = false
  batches.length = 0
  expect([...(await consumeMessages(client, messages, OPTIONS)).returned]).toEqual([])
  expect(batches).toEqual([['A', 'B']])
  expect(errors).toHaveLength(1)
})

it('sends a rejected event again if it was put into the queue again', async () => {
  let isBroken = true
  const { httpClient, batches } = createPickyFetch(([event, another]) => {
    if (!isBroken) return undefined
    if (another || event?.event === 'A') return 400
    return 503
  })
  const client = createClient(collector, { httpClient, maxRetries: 0 })
  const [message] = await produce([['A', 'B']])
  expect((await consumeMessages(client, [{ id: 'first', body: message?.body }], OPTIONS)).returned.size).toBe(1)
  isBroken = false
  batches.length = 0
  expect((await consumeMessages(client, [{ id: 'second', body: message?.body }], OPTIONS)).returned.size).toBe(0)
  expect(batches).toEqual([['A', 'B']])
})

it('returns everything, with a warning, if its client is disabled', async () => {
  const client = createClient(collector, { disable: true })
  expect([...(await consumeMessages(client, await produce([['A'], ['B']]), OPTIONS)).returned]).toEqual([0, 1])
  expect(String(warned.mock.calls)).toContain('the client is disabled')
})

it('sends the events, even inside a disabled scope of its client', async () => {
  const client = createClient(collector)
  const messages = await produce([['A']])
  const { returned } = await client.scope({ disable: true }).run(() => consumeMessages(client, messages, OPTIONS))
  expect(returned.size).toBe(0)
  expect(receivedNames(collector)).toEqual(['A'])
})

it("returns everything in an outage without an error, and passes on a 429's pause", async () => {
  collector.fail({ status: 429, headers: { 'Retry-After': '30' } })
  const onUndelivered = vi.fn()
  const client = createClient(collector, { onUndelivered })
  const errors = recordErrors(client)
  const { returned, pauseMs } = await consumeMessages(client, await produce([['A'], ['B']]), OPTIONS)
  expect([...returned]).toEqual([0, 1])
  expect(pauseMs).toBeGreaterThan(25_000)
  expect(errors).toEqual([])
  expect(onUndelivered).not.toHaveBeenCalled()
})

it('does not hand consumed events over again, even if its client would', async () => {
  const { to, bodies } = createMemoryQueue()
  const client = createClient(collector, { handOver: { to, when: 'always' } })
  await consumeMessages(client, await produce([['A']]), OPTIONS)
  expect(bodies).toEqual([])
  expect(receivedNames(collector)).toEqual(['A'])
})

it('keeps the order of a group: messages after a failure are returned unsent', async () => {
  const big = 'x'.repeat(30_000)
  const { to, bodies } = createMemoryQueue(undefined, { maxBytes: 1_000_000, maxCallBytes: 1_000_000, maxCount: 10 })
  const producer = new Analytics({ writeKey: 'k', handOver: { to, when: 'always' } })
  for (let message = 0; message < 3; message++) {
    for (let index = 0; index < 10; index++) producer.track({ userId: 'u1', event: `${message}`, properties: { big } })
    await producer.flush()
  }
  const messages = bodies.map((body, index) => ({ id: `m${index}`, body, group: 'u1' }))
  collector.fail({ status: 503, requests: [1] })
  const client = createClient(collector, { maxRetries: 0 })
  expect([...(await consumeMessages(client, messages, OPTIONS)).returned]).toEqual([1, 2])
  expect(new Set(receivedNames(collector))).toEqual(new Set(['0']))
})

it('accepts a batch of more events than its client may hold', async () => {
  const messages = await produce([['A', 'B'], ['C'], ['D']])
  const client = createClient(collector, { maxQueueSize: 2 })
  const errors = recordErrors(client)
  expect((await consumeMessages(client, messages, OPTIONS)).returned.size).toBe(0)
  expect(errors).toEqual([])
  expect(receivedNames(collector)).toEqual(['A', 'B', 'C', 'D'])
})

it('processes the largest batch of SQS, 10,000 messages, quickly', async () => {
  const body = '{"analytics-edge":1,"events":[]}'
  const messages = Array.from({ length: 10_000 }, (_, index) => ({ id: `m${index}`, body }))
  const startMs = performance.now()
  expect((await consumeMessages(createClient(collector), messages, OPTIONS)).returned.size).toBe(0)
  // Comparing each with each takes four seconds.
  expect(performance.now() - startMs).toBeLessThan(1_500)
})
