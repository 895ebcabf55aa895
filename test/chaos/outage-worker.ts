// A Worker with the default settings that tracks one event in each request, and keeps a journal on its console.

import { Analytics } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/workers'

interface Env {
  SEGMENT_HOST: string
}

const createClient = (env: Env) =>
  new Analytics({ writeKey: 'chaos', host: env.SEGMENT_HOST })
    .on('track', (ctx) => console.log(`delivered ${ctx.id}`))
    // A cast: the SDK's reasons are DeliveryErrors, the type of the field is the reference's.
    .on('error', ({ reason, ctx }) => console.log(`failed ${ctx.id} ${(reason as { code: string }).code}`))

export default withAnalytics(createClient, {
  async fetch(request: Request, _env: Env, _ctx, analytics) {
    const messageId = new URL(request.url).pathname.slice(1)
    analytics.track({ userId: 'u', event: 'E', messageId })
    console.log(`accepted ${messageId}`)
    return new Response('ok')
  },
})
