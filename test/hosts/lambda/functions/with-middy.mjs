import middy from '@middy/core'
import { analyticsMiddleware } from 'analytics-edge/lambda'
import { act } from './act.mjs'
import { settings } from './settings.mjs'

export const handler = middy()
  .use(analyticsMiddleware(settings))
  .use({
    after: ({ event, context }) => {
      context.analytics.track({ userId: event.id, event: 'After', messageId: `${event.id}-after` })
    },
  })
  .handler((event, context) => act(event, context.analytics))
