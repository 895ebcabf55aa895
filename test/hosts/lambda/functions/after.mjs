import { Analytics } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/lambda'
import { act } from './act.mjs'
import { settings } from './settings.mjs'

const client = new Analytics(settings)
client.on('error', ({ reason }) => console.log(`FAILED ${reason.code}`))
const wrapped = withAnalytics(client, (event, _context, analytics) => act(event, analytics), {
  flush: 'after-response',
})
// A second one shares the extension.
export const other = withAnalytics(client, async () => 'other', { flush: 'after-response' })

export const handler = wrapped

/** Something around the wrapper that answers alone, as middlewares for warming pings do, or takes its time before. */
export const around = async (event, context) => {
  if (event.ping) return 'pong'
  await new Promise((resolve) => setTimeout(resolve, event.delayMs ?? 0))
  return wrapped(event, context)
}
