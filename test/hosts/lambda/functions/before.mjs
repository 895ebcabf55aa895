import { Analytics } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/lambda'
import { act } from './act.mjs'
import { settings } from './settings.mjs'

const client = new Analytics(settings)
client.on('error', ({ reason }) => console.log(`FAILED ${reason.code}`))

export const handler = withAnalytics(client, (event, _context, analytics) => act(event, analytics))

export const patient = withAnalytics(client, (event, _context, analytics) => act(event, analytics), { timeout: 60_000 })

export const value = withAnalytics(client, ({ id }, context, analytics) => {
  analytics.track({ userId: id, event: context.functionName, messageId: id })
  return { id, length: value.length }
})

export const outcome = withAnalytics(client, async ({ id }, _context, analytics) =>
  analytics.track({ userId: id, event: 'Returned', messageId: id }),
)

/** Calls the client, not the scope, as code that knows nothing of the invocation would. */
export const byClient = withAnalytics(client, async ({ id }) => {
  client.track({ userId: id, event: 'By Client', messageId: id })
})

/** Tracks once more when the invocation is over. */
export const late = withAnalytics(client, async ({ id }, _context, analytics) => {
  analytics.track({ userId: id, event: 'In Time', messageId: `${id}-in-time` })
  setTimeout(() => analytics.track({ userId: id, event: 'Late', messageId: `${id}-late` }), 300)
})

/** The error that the handler threw, as the caller of the wrapped handler sees it. */
const thrown = Object.freeze(new RangeError('the very same'))
const throwing = withAnalytics(client, async ({ id }, _context, analytics) => {
  analytics.track({ userId: id, event: 'Thrown', messageId: id })
  throw thrown
})
export const sameError = async (event, context) => {
  const error = await throwing(event, context).catch((reason) => reason)
  return { isSame: error === thrown }
}
