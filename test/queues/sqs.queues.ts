import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { Analytics, type HandOver } from 'analytics-edge'
import { consumeSqs, type SqsEvent, toSqs } from 'analytics-edge/lambda'
import { AwsClient } from 'aws4fetch'
import { startFauxqs } from 'fauxqs'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { startTrackingApi } from './tracking-api.ts'

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const server = await startFauxqs({ port: 0, logger: false, host: 'localhost' })
const endpoint = `http://localhost:${server.port}`
const sqs = new SQSClient({ endpoint, region: 'us-east-1', credentials })
const aws = new AwsClient({ ...credentials, region: 'us-east-1', service: 'sqs' })
const api = await startTrackingApi()
afterEach(() => {
  api.accepted.clear()
  api.requestCount = 0
  api.breakDown(0)
})
afterAll(async () => {
  sqs.destroy()
  await server.stop()
  await api.close()
})

/** fauxqs names its queues as AWS would; what is listened on is here. */
const localFetch = (url: string, init: RequestInit) => aws.fetch(url.replace(/^https?:\/\/[^/]+/, endpoint), init)

const WAYS: [string, (queueUrl: string) => HandOver][] = [
  ['aws4fetch', (queueUrl) => toSqs({ queueUrl, fetch: localFetch })],
  ['the AWS SDK', (queueUrl) => toSqs({ queueUrl, send: (input) => sqs.send(new SendMessageBatchCommand(input)) })],
]

async function createQueue(name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))
  return QueueUrl
}

/** As Lambda's event source: it polls, calls the handler, and deletes what is not reported as failed. */
async function pollOnce(queueUrl: string, handler: ReturnType<typeof consumeSqs>, isKilled = false): Promise<SqsEvent> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] }),
  )
  const Records = Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }) => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
  }))
  if (Records.length === 0) return { Records }
  const { batchItemFailures } = await handler(
    { Records },
    { awsRequestId: 'r', getRemainingTimeInMillis: () => 10_000 },
  )
  const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
  const Entries = Records.filter(({ messageId }) => !failed.includes(messageId)).map(({ receiptHandle }, index) => ({
    Id: String(index),
    ReceiptHandle: receiptHandle,
  }))
  if (Entries.length > 0 && !isKilled) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
  return { Records }
}

const createProducer = (to: HandOver) =>
  new Analytics({ writeKey: 'k', host: api.url, handOver: { to, when: 'always' } })
const createConsumer = () => new Analytics({ writeKey: 'k', host: api.url, maxRetries: 1, minRetryDelay: 10 })

describe.each(WAYS)('through SQS, by %s', (way, to) => {
  const name = way.replaceAll(' ', '-')

  test('a batch of 270 KB with characters that SQS refuses arrives, and all messages travel together', async () => {
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
    const handler = consumeSqs(createConsumer())
    while ((await pollOnce(queueUrl, handler)).Records.length > 0);
    expect(api.accepted.size).toBe(24)
    expect([...api.accepted.values()].every((count) => count === 1)).toBe(true)
    expect(api.requestCount).toBeLessThanOrEqual(3)
  })

  test('what an outage returns comes again; a poison is reported once; a consumer that ends before its answer loses nothing', async () => {
    const queueUrl = await createQueue(`outage-${name}`, { VisibilityTimeout: '1' })
    const producer = createProducer(to(queueUrl))
    for (let index = 0; index < 30; index++) {
      producer.track({ userId: 'u1', event: index === 17 ? 'poison' : 'A', messageId: `id-${index}` })
      await producer.flush()
    }
    const consumer = createConsumer()
    const reported: string[] = []
    consumer.on('error', ({ ctx }) => reported.push(ctx.event.messageId))
    const handler = consumeSqs(consumer)
    api.breakDown(1_000)
    await pollOnce(queueUrl, handler)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    await pollOnce(queueUrl, handler, true)
    await vi.waitFor(
      async () => {
        await pollOnce(queueUrl, handler)
        expect(api.accepted.size).toBe(29)
        expect(reported.length).toBeGreaterThan(0)
      },
      { timeout: 30_000, interval: 100 },
    )
    expect(new Set(reported)).toEqual(new Set(['id-17']))
    expect([...api.accepted.values()].every((count) => count <= 2)).toBe(true)
  })

  test('of a FIFO queue, messages hold one user each, and come in their order', async () => {
    const queueUrl = await createQueue(`order-${name}.fifo`, { FifoQueue: 'true' })
    const producer = createProducer(to(queueUrl))
    for (let index = 0; index < 4; index++) {
      for (const userId of ['a', 'b c €', '\ud800']) producer.track({ userId, event: `${index}` })
      expect(await producer.flush()).toMatchObject({ handedOver: 3 })
    }
    const order: Record<string, string[]> = {}
    const consumer = createConsumer()
    consumer.on('track', ({ event }) => {
      order[event.userId ?? ''] = [...(order[event.userId ?? ''] ?? []), event.event ?? '']
    })
    const handler = consumeSqs(consumer)
    while ((await pollOnce(queueUrl, handler)).Records.length > 0);
    const inOrder = ['0', '1', '2', '3']
    expect(order).toEqual({ a: inOrder, 'b c €': inOrder, '\ud800': inOrder })
  })
})

test("a 429's pause becomes the visibility timeout of the messages that go back", async () => {
  const queueUrl = await createQueue('pause', { VisibilityTimeout: '1' })
  const producer = createProducer(toSqs({ queueUrl, fetch: localFetch }))
  producer.track({ userId: 'u1', event: 'A' })
  await producer.flush()
  const answer = { status: 429, statusText: '', headers: { 'retry-after': '60' }, text: async () => '' }
  const client = new Analytics({ writeKey: 'k', httpClient: async () => answer })
  const changeVisibility = vi.fn((input) => sqs.send(new ChangeMessageVisibilityBatchCommand(input)))
  const handler = consumeSqs(client, { queue: { queueUrl, changeVisibility } })
  await pollOnce(queueUrl, handler)
  const [call] = changeVisibility.mock.calls
  expect(call?.[0].Entries[0]?.VisibilityTimeout).toBeGreaterThan(50)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect((await pollOnce(queueUrl, handler)).Records).toEqual([])
})

test('a message of others goes back until the redrive policy moves it to the dead-letter queue', async () => {
  const dead = await createQueue('pile-dlq')
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }))
  const queueUrl = await createQueue('pile', {
    VisibilityTimeout: '0',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 }),
  })
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: '{"hello":"world"}' }))
  const handler = consumeSqs(createConsumer())
  for (let count = 0; count < 4; count++) await pollOnce(queueUrl, handler)
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead }))
  expect(Messages?.map(({ Body }) => Body)).toEqual(['{"hello":"world"}'])
  expect(String(warn.mock.calls[0])).toMatch(/message \S+ is rejected/)
  warn.mockRestore()
})
