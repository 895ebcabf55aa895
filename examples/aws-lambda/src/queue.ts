import { withAnalytics } from 'analytics-edge/lambda'
import type { SQSHandler } from 'aws-lambda'
import { client } from './analytics.ts'

/** Orders from an SQS queue: no caller waits for the result, so the events are sent before it. */
export const handler: SQSHandler = withAnalytics(client, async (event, _context, analytics) => {
  const batchItemFailures: { itemIdentifier: string }[] = []
  for (const { messageId, body } of event.Records) {
    try {
      const { id, userId } = JSON.parse(body)
      // SQS may deliver a message twice; with the message's id, Segment counts its event once.
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
