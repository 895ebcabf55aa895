// Listeners, with the types of what they get.
import { Analytics, type Context } from 'SDK'

const analytics = new Analytics({
  writeKey: 'k',
  host: process.env.SEGMENT_HOST ?? '',
  maxRetries: 0,
  httpClient: async () => ({ status: 400, statusText: 'No' }),
})
const seen: string[] = []
const listener = (ctx: Context): void => {
  seen.push(ctx.event.type)
}
analytics
  .on('error', (err) => console.log(err.code, err.ctx?.event.event, (err.reason as Error).message))
  .on('track', listener)
  .once('http_request', ({ url, method }) => console.log(method, new URL(url).pathname))
  .on('http_response', ({ status }) => console.log(status))
  .off('track', listener)
analytics.track({ userId: 'u1', event: 'Refused' }, (err, ctx) =>
  console.log((err as Error).message, ctx?.event.userId, ctx?.failedDelivery() !== undefined),
)
void analytics.closeAndFlush().then(async () => {
  console.log(seen)
  const other = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
  other.once('track', ({ event }) => console.log(event.type, event.userId, event.event))
  other.track({ userId: 'u1', event: 'Taken' })
  await other.closeAndFlush()
})
