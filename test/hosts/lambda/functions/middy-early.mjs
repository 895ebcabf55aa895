import middy from '@middy/core'
import { analyticsMiddleware } from 'analytics-edge/lambda'
import { act } from './act.mjs'
import { settings } from './settings.mjs'

export const handler = middy()
  .use(analyticsMiddleware(settings))
  .use({
    before: ({ event, context }) => {
      context.analytics.track({ userId: event.id, event: 'Before', messageId: `${event.id}-before` })
      return event.early
    },
  })
  .handler((event, context) => act(event, context.analytics))
