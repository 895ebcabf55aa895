import middy from '@middy/core'
import { Analytics } from 'analytics-edge'
import { analyticsMiddleware, withAnalytics } from 'analytics-edge/lambda'
import { act } from './act.mjs'
import { settings } from './settings.mjs'

const client = new Analytics(settings)
const inner = middy()
  .use(analyticsMiddleware(client))
  .handler((event, context) => act(event, context.analytics))

export const handler = withAnalytics(client, (event, context) => inner(event, context), { flush: 'after-response' })
