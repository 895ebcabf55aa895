// Asks somebody who the user is, for longer than the extension waits for a wrapper.
import { withAnalytics } from 'analytics-edge/lambda'
import { act } from './act.mjs'
import { settings } from './settings.mjs'

export const handler = withAnalytics(settings, (event, _context, analytics) => act(event, analytics), {
  flush: 'after-response',
  identify: async ({ id, identifyMs }) => {
    await new Promise((resolve) => setTimeout(resolve, identifyMs))
    return { userId: id }
  },
})
