import { Analytics } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/lambda'
import { act } from './act.mjs'
import { settings } from './settings.mjs'

const client = new Analytics({ ...settings, flushInterval: 1_000 })
client.on('error', ({ reason }) => console.log(`FAILED ${reason.code}`))
const track = (event, _context, analytics) => act(event, analytics)

export const before = withAnalytics(client, track)
export const impatient = withAnalytics(client, track, { timeout: 500 })
export const after = withAnalytics(client, track, { flush: 'after-response' })

/** Calls the client, not the scope, as code that knows nothing of the invocation would. */
export const byClient = withAnalytics(client, async ({ id }) => {
  client.track({ userId: id, event: 'By Client', messageId: id })
})

/** Tracks once more when the invocation is over. */
export const late = withAnalytics(client, async ({ id }, _context, analytics) => {
  analytics.track({ userId: id, event: 'In Time', messageId: `${id}-in-time` })
  setTimeout(() => analytics.track({ userId: id, event: 'Late', messageId: `${id}-late` }), 300)
})
