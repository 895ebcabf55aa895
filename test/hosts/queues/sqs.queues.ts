import {
  ChangeMessageVisibilityBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { Analytics, type HandOver } from 'analytics-edge'
import { consumeSqs, toSqs } from 'analytics-edge/lambda'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { type Invoke, startLocalSqs } from './local-sqs.ts'
import { startTrackingApi } from './tracking-api.ts'

const local = await startLocalSqs()
const { sqs, createQueue, poll } = local
const api = await startTrackingApi()
afterEach(() => {
  api.accepted.clear()
  api.requestCount = 0
  api.failShare = 0
  api.breakDown(0)
})
afterAll(async () => {
  await local.close()
  await api.close()
})

const WAYS: [string, (queueUrl: string) => HandOver][] = [
  ['aws4fetch', (queueUrl) => toSqs({ queueUrl, fetch: local.fetch })],
  ['the AWS SDK', (queueUrl) => toSqs({ queueUrl, send: (input) => sqs.send(new SendMessageBatchCommand(input)) })],
]

const createProducer = (to: HandOver) =>
  new Analytics({ writeKey: 'k', host: api.url, handOver: { to, when: 'always' } })
const createConsumer = () => new Analytics({ writeKey: 'k', host: api.url, maxRetries: 1, minRetryDelay: 10 })

/** A function of Lambda, but in this process; test/hosts/lambda has the real runtime client. */
const invokeHere =
  (handler: ReturnType<typeof consumeSqs>): Invoke =>
  (event) =>
    handler(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => 10_000 })

describe.each(WAYS)('through SQS, by %s', (way, to) => {
  const name = way.replaceAll(' ', '-')

  test('a batch of 270 KB with characters that SQS rejects arrives, with all messages in one call', async () => {
    const queueUrl = await createQueue(`large-${name}`)
    const producer = createProducer(to(queueUrl))
    for (let invocation = 0; invocation < 9; invocation++) {
      producer.track({ userId: 'u1', event: 'A', messageId: `small-${invocation}` })
      expect(await producer.flush()).toEqual({ delivered: 0, failed: 0, handedOver: 1 })
    }
    for (let index = 0; index < 15; index++) {
      const text = '\uFFFF€'.repeat(3_000)
      producer.track({ userId: 'u1', event: 'B', messageId: `large-${index}`, properties: { text } })
    }
    expect(await producer.flush()).toMatchObject({ handedOver: 15 })
    const handler = invokeHere(consumeSqs(createConsumer()))
    while ((await poll(queueUrl, handler)).Records.length > 0);
    expect(api.accepted.size).toBe(24)
    expect([...api.accepted.values()].every((count) => count === 1)).toBe(true)
    expect(api.requestCount).toBeLessThanOrEqual(3)
  })

  test('messages returned during an outage are redelivered, a poison event is reported once, and a consumer that dies loses nothing', async () => {
    const queueUrl = await createQueue(`outage-${name}`, { VisibilityTimeout: '1' })
    const producer = createProducer(to(queueUrl))
    for (let index = 0; index < 30; index++) {
      producer.track({ userId: 'u1', event: index === 17 ? 'poison' : 'A', messageId: `id-${index}` })
      await producer.flush()
    }
    const consumer = createConsumer()
    const reported: string[] = []
    consumer.on('error', ({ ctx }) => reported.push(ctx.event.messageId))
    const handler = invokeHere(consumeSqs(consumer))
    api.breakDown(1_000)
    await poll(queueUrl, handler)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    // What a function that is killed leaves: no answer.
    await poll(queueUrl, async (event) => void (await handler(event)))
    await vi.waitFor(
      async () => {
        await poll(queueUrl, handler)
        expect(api.accepted.size).toBe(29)
        expect(reported.length).toBeGreaterThan(0)
      },
      { timeout: 30_000, interval: 100 },
    )
    expect(new Set(reported)).toEqual(new Set(['id-17']))
    expect([...api.accepted.values()].every((count) => count <= 2)).toBe(true)
  })

  test('each message of a FIFO queue has one user, and events arrive in order, even if some messages are returned', async () => {
    const queueUrl = await createQueue(`order-${name}.fifo`, { FifoQueue: 'true', VisibilityTimeout: '0' })
    const producer = createProducer(to(queueUrl))
    const users = ['a', 'b c €', '\ud800']
    for (let index = 0; index < 12; index++) {
      for (const userId of users) producer.track({ userId, event: 'A', messageId: `${userId}-${index}` })
      expect(await producer.flush()).toMatchObject({ handedOver: 3 })
    }
    const client = new Analytics({ writeKey: 'k', host: api.url, maxRetries: 0 })
    const requestSizes: number[] = []
    client.on('http_request', ({ body }) => requestSizes.push(JSON.parse(body).batch.length))
    const handler = invokeHere(consumeSqs(client))
    // Messages of all users come in one batch, which is split, and the first answers are errors.
    api.failNext(3)
    await vi.waitFor(
      async () => {
        await poll(queueUrl, handler)
        expect(await local.countMessages(queueUrl)).toBe(0)
      },
      { timeout: 30_000, interval: 20 },
    )
    const accepted = [...api.accepted.keys()]
    for (const user of users) {
      const own = accepted.filter((id) => id.startsWith(`${user}-`))
      expect(own).toEqual(Array.from({ length: 12 }, (_, index) => `${user}-${index}`))
    }
    expect(accepted).toHaveLength(36)
    expect(requestSizes.length).toBeGreaterThan(3)
  })
})

test("a 429's pause becomes the visibility timeout of the returned messages", async () => {
  const queueUrl = await createQueue('pause', { VisibilityTimeout: '1' })
  const producer = createProducer(toSqs({ queueUrl, fetch: local.fetch }))
  producer.track({ userId: 'u1', event: 'A' })
  await producer.flush()
  const answer = { status: 429, statusText: '', headers: { 'retry-after': '60' }, text: async () => '' }
  const client = new Analytics({ writeKey: 'k', httpClient: async () => answer })
  const changeVisibility = vi.fn((input) => sqs.send(new ChangeMessageVisibilityBatchCommand(input)))
  const handler = invokeHere(consumeSqs(client, { queue: { queueUrl, changeVisibility } }))
  await poll(queueUrl, handler)
  const [call] = changeVisibility.mock.calls
  expect(call?.[0].Entries[0]?.VisibilityTimeout).toBeGreaterThan(50)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect((await poll(queueUrl, handler)).Records).toEqual([])
})

test('a foreign message is returned until the redrive policy moves it to the dead-letter queue', async () => {
  const [queueUrl, dead] = await local.createQueueWithDeadLetters('pile', 2, '0')
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: '{"hello":"world"}' }))
  const handler = invokeHere(consumeSqs(createConsumer()))
  for (let count = 0; count < 4; count++) await poll(queueUrl, handler)
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead }))
  expect(Messages?.map(({ Body }) => Body)).toEqual(['{"hello":"world"}'])
  expect(String(warn.mock.calls[0])).toMatch(/message \S+ is rejected/)
  warn.mockRestore()
})
