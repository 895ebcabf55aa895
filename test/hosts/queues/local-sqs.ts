import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { SqsBatchResponse, SqsEvent, SqsRecord } from 'analytics-edge/lambda'
import { AwsClient } from 'aws4fetch'
import { startFauxqs } from 'fauxqs'

/** A server of SQS on loopback, and Lambda's event source mapping, which takes its messages to a function. */
export interface LocalSqs {
  readonly sqs: SQSClient
  /** Signs, and finds the server, though its queues have names as AWS gives them. */
  fetch(url: string, init: RequestInit): Promise<Response>
  /** Answers with the queue's URL on loopback. */
  createQueue(name: string, attributes?: Record<string, string>): Promise<string>
  /** With a redrive policy to a dead-letter queue, whose URL is the second. */
  createQueueWithDeadLetters(
    name: string,
    maxReceiveCount: number,
    visibilityTimeout: string,
  ): Promise<[string, string]>
  /** What is in the queue, in flight or not. */
  countMessages(queueUrl: string): Promise<number>
  /**
   * Receives messages, has the function invoked with them, and deletes those that it does not report as failed: none if there is no
   * response. Answers with the event; without an invocation if there is no message.
   */
  poll(queueUrl: string, invoke: Invoke, batchSize?: number): Promise<SqsEvent>
  close(): Promise<void>
}

/** Undefined for a function that failed, was killed or took too long. */
export type Invoke = (event: SqsEvent) => Promise<SqsBatchResponse | undefined>

/** Messages of a call of SQS. */
const MAX_COUNT = 10
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

export async function startLocalSqs(): Promise<LocalSqs> {
  const server = await startFauxqs({ port: 0, logger: false, host: 'localhost' })
  const endpoint = `http://localhost:${server.port}`
  const sqs = new SQSClient({ endpoint, region: 'us-east-1', credentials })
  const aws = new AwsClient({ ...credentials, region: 'us-east-1', service: 'sqs' })
  const toLocal = (url: string) => url.replace(/^https?:\/\/[^/]+/, endpoint)

  const receive = async (queueUrl: string): Promise<SqsRecord[]> => {
    const input = { QueueUrl: queueUrl, MaxNumberOfMessages: MAX_COUNT, MessageSystemAttributeNames: ['All' as const] }
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input))
    return Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: Attributes,
    }))
  }
  const readAttributes = async (QueueUrl: string) => {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
    return Attributes
  }
  const createQueue = async (QueueName: string, Attributes: Record<string, string> = {}) => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
    return toLocal(QueueUrl)
  }
  return {
    sqs,
    fetch: (url, init) => aws.fetch(toLocal(url), init),
    createQueue,
    async createQueueWithDeadLetters(name, maxReceiveCount, VisibilityTimeout) {
      const dead = await createQueue(`${name}-dead`)
      const { QueueArn } = await readAttributes(dead)
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: QueueArn, maxReceiveCount })
      return [await createQueue(name, { VisibilityTimeout, RedrivePolicy }), dead]
    },
    async countMessages(queueUrl) {
      const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await readAttributes(queueUrl)
      return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible)
    },
    async poll(queueUrl, invoke, batchSize = MAX_COUNT) {
      const Records: SqsRecord[] = []
      while (Records.length < batchSize) {
        const records = await receive(queueUrl)
        if (records.length === 0) break
        Records.push(...records)
      }
      if (Records.length === 0) return { Records }
      const response = await invoke({ Records })
      const failed = response?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
      const done = failed ? Records.filter(({ messageId }) => !failed.includes(messageId)) : []
      for (let start = 0; start < done.length; start += MAX_COUNT) {
        const Entries = done
          .slice(start, start + MAX_COUNT)
          .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }))
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
      }
      return { Records }
    },
    async close() {
      sqs.destroy()
      await server.stop()
    },
  }
}
