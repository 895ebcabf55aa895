import { createHandOver, type HandOver, type SegmentEvent } from '../../src/index.ts'
import { checkFunction } from '../../src/kit/index.ts'
import { checkQueue } from './check-queue.ts'
import { callSqs, type SqsAnswer, type SqsBatch, type SqsByFetch, type SqsMessage } from './sqs-api.ts'

/** An SQS queue with the AWS SDK: `send: (input) => client.send(new SendMessageBatchCommand(input))`. */
export interface SqsBySend {
  readonly queueUrl: string
  readonly send: (input: SqsBatch<SqsMessage>) => PromiseLike<SqsAnswer>
}

export type SqsTarget = (SqsByFetch | SqsBySend) & {
  /**
   * For a FIFO queue: returns the group of an event, for example its user. The events of a group stay in order, and a message
   * contains events of one group only.
   * @default the event's `userId`, else its `anonymousId`
   */
  readonly groupOf?: ((event: SegmentEvent) => string) | undefined
}

/** 1 MiB per message and per call. */
const LIMITS = { maxBytes: 1_048_576, maxCallBytes: 1_048_576, maxCount: 10 }
/** The longest group name that SQS accepts. */
const MAX_GROUP_LENGTH = 128

/**
 * Creates the target of the setting `handOver` for an SQS queue, which `consumeSqs` consumes.
 *
 * @throws ValidationError that names what is missing or unknown
 * @example
 * import { toSqs } from 'analytics-edge/lambda'
 * import { AwsClient } from 'aws4fetch'
 *
 * const aws = new AwsClient({ accessKeyId: '<ID>', secretAccessKey: '<SECRET>' })
 * const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/events'
 * export const handOver = { to: toSqs({ queueUrl, fetch: (url, init) => aws.fetch(url, init) }) }
 */
export function toSqs(target: SqsTarget): HandOver {
  const { queueUrl } = checkQueue('target', target, 'send', { groupOf: checkFunction })
  const send = 'send' in target ? target.send : undefined
  const isFifo = new URL(queueUrl).pathname.endsWith('.fifo')
  const groupOf = target.groupOf ?? (({ userId, anonymousId }: SegmentEvent) => userId || anonymousId || 'none')

  return createHandOver({
    ...LIMITS,
    groupOf: isFifo ? groupOf : undefined,
    async put(messages, signal) {
      const Entries = messages.map(({ id, body, group }, index) => ({
        Id: String(index),
        MessageBody: body,
        ...(group !== undefined && { MessageGroupId: toGroupId(group), MessageDeduplicationId: id }),
      }))
      const input = { QueueUrl: queueUrl, Entries }
      // The cast: one of the two is set.
      const answer = await (send ? send(input) : callSqs(target as SqsByFetch, 'SendMessageBatch', input, signal))
      // Without it, nobody knows which messages were rejected.
      if (!answer) throw new TypeError('send must return the response of the SQS client; it returned nothing')
      const { Failed } = answer
      return messages.map((_, index) => {
        const failure = Failed?.find(({ Id }) => Id === String(index))
        return failure && new Error(`SQS rejected a message: ${failure.Code} ${failure.Message ?? ''}`)
      })
    },
  })
}

/** SQS accepts ASCII letters, digits and punctuation. */
function toGroupId(group: string): string {
  const plain = group.replace(/[^\x21-\x7e]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
  return plain.slice(0, MAX_GROUP_LENGTH) || 'none'
}
