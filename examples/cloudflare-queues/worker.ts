import { type AnalyticsSettings, DeliveryError } from 'analytics-edge'
import { consumeQueue, type EventQueue, toQueue, type WorkersContext, withAnalytics } from 'analytics-edge/workers'

interface Env {
  SEGMENT_WRITE_KEY: string
  SEGMENT_HOST?: string
  EVENTS: EventQueue
}

/** One client for both: it hands over the events of requests, and the consumer sends the events from the queue. */
const settings = (env: Env): AnalyticsSettings => ({
  writeKey: env.SEGMENT_WRITE_KEY,
  host: env.SEGMENT_HOST,
  handOver: { to: toQueue(env.EVENTS), when: 'always' },
  // Events that the API rejects permanently are reported here.
  onUndelivered: (events, reason) => {
    const why = reason instanceof DeliveryError ? reason.code : ''
    console.error('not delivered', why, events.map(({ messageId }) => messageId).join(' '))
    throw new Error('nothing has taken them over')
  },
})

export default withAnalytics(settings, {
  async fetch(request: Request, _env: Env, _ctx: WorkersContext, analytics) {
    const { searchParams, pathname } = new URL(request.url)
    analytics.track({ userId: searchParams.get('user') ?? 'nobody', event: 'Visited', properties: { pathname } })
    return new Response('ok')
  },
  queue: consumeQueue(settings),
})
