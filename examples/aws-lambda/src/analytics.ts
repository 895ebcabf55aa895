import { Analytics } from 'analytics-edge'
import { toSqs } from 'analytics-edge/lambda'
import { AwsClient } from 'aws4fetch'

const { EVENTS_QUEUE_URL, AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = process.env

/** Events that cannot be delivered while the function runs go to this queue; without a queue, they fail. */
function createHandOver(queueUrl: string) {
  const aws = new AwsClient({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  })
  return { to: toSqs({ queueUrl, fetch: (url, init) => aws.fetch(url, init) }) }
}

/** One client serves the environment; each invocation gets a scope of it. */
export const client = new Analytics({
  writeKey: process.env.SEGMENT_WRITE_KEY ?? 'missing',
  // If it is not set, events go to Segment.
  host: process.env.SEGMENT_HOST,
  handOver: EVENTS_QUEUE_URL ? createHandOver(EVENTS_QUEUE_URL) : undefined,
})
client.on('error', ({ reason, ctx }) => console.error('not delivered', ctx.event.messageId, reason))
