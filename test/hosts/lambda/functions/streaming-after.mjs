import { withAnalytics } from 'analytics-edge/lambda'
import { settings } from './settings.mjs'

export const handler = awslambda.streamifyResponse(
  withAnalytics(
    settings,
    async ({ id }, responseStream, _context, analytics) => {
      analytics.track({ userId: id, event: 'Stream Started', messageId: id })
      responseStream.end('streamed')
    },
    { flush: 'after-response' },
  ),
)
