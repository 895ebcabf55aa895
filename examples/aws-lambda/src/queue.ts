import { withAnalytics } from 'analytics-edge/lambda'
import type { SQSHandler } from 'aws-lambda'
import { client } from './analytics.ts'

/** Orders from an SQS queue: nobody waits for the answer, so the events leave before it. */
export const handler: SQSHandler = withAnalytics(client, async (event, _context, analytics) => {
  const batchItemFailures: { itemIdentifier: string }[] = []
  for (const { messageId, body } of event.Records) {
    try {
      const { id, userId } = JSON.parse(body)
      // SQS may deliver a message twice; with an id of its own, Segment counts its event once.
      analytics.track({
        userId,
        event: 'Order Shipped',
        properties: { orderId: id },
        messageId: `shipped-${messageId}`,
      })
    } catch (error) {
      console.error('order rejected', messageId, error)
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
})
