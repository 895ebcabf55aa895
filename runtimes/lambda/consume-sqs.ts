import { ValidationError } from '../../src/index.ts'
import {
  type ClientSource,
  checkMilliseconds,
  checkOptions,
  choice,
  consumeMessages,
  MAX_TIMER_MS,
  Reporter,
  toClient,
  withLimit,
} from '../../src/kit/index.ts'
import { checkQueue } from './check-queue.ts'
import { enterExtension } from './extension.ts'
import { remainingMs } from './remaining-ms.ts'
import { callSqs, type SqsAnswer, type SqsBatch, type SqsByFetch, type SqsVisibility } from './sqs-api.ts'
import type { LambdaInvocation } from './types.ts'

/** The part of an event of SQS that the consumer needs; `SQSEvent` fits. */
export interface SqsEvent {
  readonly Records: readonly SqsRecord[]
}

export interface SqsRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes?: {
    readonly MessageGroupId?: string | undefined
    readonly ApproximateReceiveCount?: string | undefined
  }
}

/** The result that Lambda expects with `ReportBatchItemFailures`. */
export interface SqsBatchResponse {
  batchItemFailures: { itemIdentifier: string }[]
}

export interface ConsumeSqsOptions {
  /**
   * Milliseconds that a batch may take: 1 to 2147483647.
   * @default 25000
   */
  timeout?: number | undefined
  /**
   * Milliseconds before the function's timeout at which sending stops, so that the runtime can return the result: 0 to 2147483647.
   * @default 500
   */
  margin?: number | undefined
  /**
   * Whether to run the plugins on the events. The producer has already run its own.
   * @default false
   */
  plugins?: boolean | undefined
  /**
   * How to delay the redelivery of a message by the pause that the API asks for, with ChangeMessageVisibility:
   * `changeVisibility: (input) => client.send(new ChangeMessageVisibilityBatchCommand(input))`, or a `fetch` that signs requests.
   * @default none: it is redelivered after the visibility timeout of the queue
   */
  queue?:
    | SqsByFetch
    | { queueUrl: string; changeVisibility: (input: SqsBatch<SqsVisibility>) => PromiseLike<SqsAnswer> }
    | undefined
}

type VisibilityQueue = NonNullable<ConsumeSqsOptions['queue']>

const DEFAULT_TIMEOUT_MS = 25_000
const DEFAULT_MARGIN_MS = 500
/** The most entries in one call of SQS. */
const MAX_COUNT = 10

// Marked pure, so that a bundle that does not use it leaves the table out.
const CHECKS = {
  timeout: (name: string, timeout: unknown = DEFAULT_TIMEOUT_MS) => checkMilliseconds(name, timeout),
  margin: (name: string, margin: unknown = DEFAULT_MARGIN_MS) => checkMilliseconds(name, margin, 0),
  plugins: /* @__PURE__ */ choice(false, true),
  queue: (name: string, queue: VisibilityQueue | undefined) =>
    queue === undefined ? undefined : checkQueue(name, queue, 'changeVisibility'),
}

/**
 * Creates a Lambda handler for messages of `toSqs`. Set the function response type `ReportBatchItemFailures`: without it, Lambda deletes
 * undelivered messages. The events of all messages are sent in full requests. A message is done when each of its events is delivered, or permanently rejected and reported.
 * Otherwise it is redelivered, until the queue moves it to its dead-letter queue; in a FIFO queue, so are all later messages of its group, unless it is foreign.
 * The setting `handOver` does not apply; `onUndelivered` applies only to events that are permanently rejected.
 *
 * @param source settings, or a client with listeners of its own
 * @throws ValidationError for wrong settings or options
 * @example
 * import { consumeSqs } from 'analytics-edge/lambda'
 *
 * export const handler = consumeSqs({ writeKey: '<YOUR_WRITE_KEY>' })
 */
export function consumeSqs(
  source: ClientSource,
  options: ConsumeSqsOptions = {},
): (event: SqsEvent, context: LambdaInvocation) => Promise<SqsBatchResponse> {
  const client = toClient(source)
  const { timeout, margin, plugins, queue } = checkOptions<ConsumeSqsOptions, typeof CHECKS>(options, CHECKS)

  const consume = async (event: SqsEvent, context: LambdaInvocation): Promise<SqsBatchResponse> => {
    const { Records: records } = event ?? {}
    if (!Array.isArray(records))
      throw new ValidationError('event.Records', 'is missing: is SQS the event source of the function?')
    const timeoutMs = Math.max(1, Math.min(timeout, remainingMs(context) - margin))
    const messages = records.map(({ messageId, body, attributes }) => ({
      id: messageId,
      body,
      group: attributes?.MessageGroupId,
    }))
    const { returned, pauseMs } = await consumeMessages(client, messages, { timeoutMs, plugins })
    const failed = records.filter((_, index) => returned.has(index))
    // At least half of the margin remains for the runtime.
    const leftMs = Math.min(MAX_TIMER_MS, remainingMs(context) - margin / 2)
    if (queue && pauseMs > 0) await delay(failed, Math.ceil(pauseMs / 1000), queue, leftMs)
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
  }
  return async (event, context) => {
    const release = enterExtension(context)
    try {
      return await consume(event, context)
    } finally {
      release()
    }
  }
}

/** On failure, messages return too early, which costs one delivery; so it is only reported. */
async function delay(
  records: readonly SqsRecord[],
  seconds: number,
  queue: VisibilityQueue,
  limitMs: number,
): Promise<void> {
  const change = 'changeVisibility' in queue ? queue.changeVisibility : undefined
  let isOver = false
  const problems = new Set<string>()
  const changeAll = async () => {
    for (let start = 0; start < records.length && !isOver; start += MAX_COUNT) {
      const Entries = records.slice(start, start + MAX_COUNT).map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }))
      const input = { QueueUrl: queue.queueUrl, Entries }
      // The cast: one of the two is set.
      const answer = await (change
        ? change(input)
        : callSqs(queue as SqsByFetch, 'ChangeMessageVisibilityBatch', input))
      for (const { Code, Message = '' } of answer?.Failed ?? [])
        problems.add(`SQS rejected a change: ${Code} ${Message}`)
    }
  }
  const report = (error: unknown) =>
    new Reporter((text) => text).userError('changing the visibility of messages', error)
  try {
    await withLimit(changeAll(), limitMs, () => new Error('it had not finished before the timeout of the function'))
  } catch (error) {
    isOver = true
    report(error)
  }
  for (const problem of problems) report(problem)
}
