import { expect, it, vi } from 'vitest'
import { toSqs } from '../../../runtimes/lambda/index.ts'
import { toQueue } from '../../../runtimes/workers/index.ts'
import { createHandOver, readHandedOver } from '../../../src/index.ts'
import { type ConsumedMessage, consumeMessages } from '../../../src/kit/index.ts'
import { createClient, openCollector, reasonOf, rest } from '../../support/client.ts'
import { createMemoryQueue } from '../../support/memory-queue.ts'

const collector = await openCollector()
const A = { userId: 'u1', event: 'A' }
const errors = vi.spyOn(console, 'error').mockImplementation(() => {})

it('retries messages accepted by a call that threw, with the same events', async () => {
  const bodies: string[] = []
  const queue = {
    async sendBatch(messages: Iterable<{ body: string }>) {
      bodies.push(...[...messages].map(({ body }) => body))
      if (bodies.length === 1) throw new Error('the connection was reset')
    },
  }
  const client = createClient(collector, { handOver: { to: toQueue(queue), when: 'always' } })
  expect(await client.track(A)).toMatchObject({ status: 'handed-over' })
  const [first, second] = bodies.map((body) => readHandedOver(body).map(({ messageId }) => messageId))
  expect(second).toEqual(first)
})

it.each([
  [
    'throws at once',
    () => {
      throw new RangeError('broken')
    },
  ],
  ['returns nonsense', () => 5],
  ['rejects with nothing', () => Promise.reject()],
])('fails each event once with a reason if the target %s', async (_, put) => {
  const client = createClient(collector, { handOver: { to: { put }, when: 'always' } })
  const outcomes = [client.track(A), client.track(A)]
  expect(await client.flush()).toEqual({ delivered: 0, failed: 2, handedOver: 0 })
  for (const outcome of outcomes) expect(await reasonOf(outcome)).toMatchObject({ code: 'ERR_NOT_HANDED_OVER' })
})

it.each([[''], [0], [false]])('retries a message rejected with %j, and finally fails it', async (reason) => {
  const put = vi.fn(() => Promise.reject(reason))
  const client = createClient(collector, {
    handOver: { to: createHandOver({ maxBytes: 100_000, maxCount: 10, put }), when: 'always' },
  })
  expect(await client.track(A)).toMatchObject({ status: 'failed' })
  expect(put).toHaveBeenCalledTimes(3)
})

it('says what a send that returns nothing must return', async () => {
  // The cast: TypeScript would refuse it.
  const to = toSqs({ queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/events', send: async () => undefined as never })
  const client = createClient(collector, { handOver: { to, when: 'always' } })
  expect((await reasonOf(client.track(A)))?.cause).toMatchObject({
    message: expect.stringMatching(/^send must return/),
  })
})

it('puts nothing after the deadline, and reports it as failed', async () => {
  let callCount = 0
  const to = createHandOver({
    maxBytes: 65_536,
    maxCount: 1,
    async put() {
      callCount++
      await rest(150)
    },
  })
  const client = createClient(collector, { handOver: { to, when: 'always' } })
  const properties = { text: 'x'.repeat(30_000) }
  for (let index = 0; index < 8; index++) client.track({ ...A, properties })
  expect(await client.flush({ timeout: 50 })).toEqual({ delivered: 0, failed: 8, handedOver: 0 })
  await rest(300)
  expect(callCount).toBe(1)
})

it('fails only the event whose group cannot be determined', async () => {
  const bodies: string[] = []
  const to = createHandOver({
    maxBytes: 100_000,
    maxCount: 10,
    groupOf({ userId }) {
      if (!userId) throw new TypeError('no userId')
      return userId
    },
    put: async (messages) => void bodies.push(...messages.map(({ body }) => body)),
  })
  const client = createClient(collector, { handOver: { to, when: 'always' } })
  client.track(A)
  const failed = client.track({ anonymousId: 'a1', event: 'B' })
  expect(await client.flush()).toEqual({ delivered: 0, failed: 1, handedOver: 1 })
  expect((await reasonOf(failed))?.cause).toMatchObject({ message: 'no userId' })
  expect(bodies).toHaveLength(1)
})

it('accepts an event of exactly the message limit, and rejects one byte more, in multi-byte text', async () => {
  const measured = createMemoryQueue()
  const text = '€'.repeat(10_000)
  const event = { ...A, messageId: 'm', timestamp: new Date(0), properties: { text } }
  await createClient(collector, { handOver: { to: measured.to, when: 'always' } }).track(event)
  const [body = ''] = measured.bodies
  const json = body.slice(body.indexOf('[') + 1, -2)
  const messageOf = (count: number) => Buffer.byteLength(body) + (count - 1) * (Buffer.byteLength(json) + 1)
  for (const [maxBytes, sizes] of [
    [messageOf(3), [3]],
    [messageOf(3) - 1, [2, 1]],
  ] as const) {
    const bodies: string[] = []
    const to = createHandOver({
      maxBytes,
      maxCount: 10,
      put: async (messages) => void bodies.push(...messages.map((each) => each.body)),
    })
    const client = createClient(collector, { handOver: { to, when: 'always' } })
    for (let index = 0; index < 3; index++) client.track(event)
    expect(await client.flush()).toMatchObject({ handedOver: 3 })
    expect(bodies.map((each) => readHandedOver(each).length)).toEqual(sizes)
    expect(Math.max(...bodies.map((each) => Buffer.byteLength(each)))).toBeLessThanOrEqual(maxBytes)
  }
})

it('returns hostile messages, and delivers the others', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { to, bodies } = createMemoryQueue()
  await createClient(collector, { handOver: { to, when: 'always' } }).track(A)
  const start = '{"analytics-edge":1,"events":'
  const hostile = [
    '{"analytics-edge":"1","events":[]}',
    `${start}{"length":1}}`,
    '{"__proto__":{"analytics-edge":1,"events":[]}}',
    `${start}[`,
  ]
  const invalid = [`${start}[null]}`, `${start}[5,"x",[]]}`, `${start}[{"type":"track","userId":{},"event":"B"}]}`]
  const messages: ConsumedMessage[] = [...bodies, ...hostile, ...invalid].map((body, index) => ({
    id: `${index}`,
    body,
  }))
  const { returned } = await consumeMessages(createClient(collector), messages, { timeoutMs: 5_000, plugins: false })
  // An event that is none is rejected for good, and reported: to come again would change nothing.
  expect([...returned].toSorted()).toEqual([1, 2, 3, 4])
  expect(collector.events().map(({ event }) => event.event)).toEqual(['A'])
  expect(errors).toHaveBeenCalled()
})

it('returns everything at once if no time is left', async () => {
  const { to, bodies } = createMemoryQueue()
  await createClient(collector, { handOver: { to, when: 'always' } }).track(A)
  collector.fail({ hang: true })
  const { returned } = await consumeMessages(createClient(collector), [{ id: '0', body: bodies[0] }], {
    timeoutMs: 1,
    plugins: false,
  })
  expect([...returned]).toEqual([0])
})
