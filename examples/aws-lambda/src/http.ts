import { withAnalytics } from 'analytics-edge/lambda'
import type { APIGatewayProxyHandlerV2 } from 'aws-lambda'
import { client } from './analytics.ts'

/** `GET /visit?user=ada`: the caller waits, so the events are sent after the response. */
export const handler: APIGatewayProxyHandlerV2 = withAnalytics(
  client,
  async (event, context, analytics) => {
    const userId = event.queryStringParameters?.user ?? '019mr8mf4r'
    analytics.identify({ userId, traits: { lastPath: event.rawPath } })
    analytics.track({ userId, event: 'Visited', properties: { path: event.rawPath, requestId: context.awsRequestId } })
    return { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: `Hello, ${userId}!\n` }
  },
  { flush: 'after-response' },
)
