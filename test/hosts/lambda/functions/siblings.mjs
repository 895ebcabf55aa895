// One file with several functions, as a bundle of all handlers of a service is. Each environment runs one of them.

import middy from '@middy/core'
import { Analytics } from 'analytics-edge'
import { analyticsMiddleware, withAnalytics } from 'analytics-edge/lambda'
import { act } from './act.mjs'
import { settings } from './settings.mjs'

const client = new Analytics(settings)
const track = (event, _context, analytics) => act(event, analytics)

export const after = withAnalytics(client, track, { flush: 'after-response' })
export const before = withAnalytics(client, track)
export const withMiddy = middy()
  .use(analyticsMiddleware(client))
  .handler((event, context) => act(event, context.analytics))
export const plain = async ({ id }) => ({ id })

/** One function that has several tasks: only some of its invocations reach the wrapper with the extension. */
export const router = (event, context) => (event.isQueue ? before(event, context) : after(event, context))
