// A Worker that tracks five events in each request, some while its response body streams, and keeps a journal on its console.

import { Analytics } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/workers'

interface Env {
  SEGMENT_HOST: string
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const createClient = (env: Env) =>
  new Analytics({ writeKey: 'chaos', host: env.SEGMENT_HOST, httpRequestTimeout: 4_000 })
    .on('track', (ctx) => console.log(`delivered ${ctx.id}`))
    // A cast: the SDK's reasons are DeliveryErrors, the type of the field is the reference's.
    .on('error', ({ reason, ctx }) => console.log(`failed ${ctx.id} ${(reason as { code: string }).code}`))

export default withAnalytics(createClient, {
  async fetch(request: Request, _env: Env, _ctx, analytics) {
    const name = new URL(request.url).pathname.slice(1)
    const track = (index: number) => {
      const messageId = `${name}-${index}`
      analytics.track({ userId: 'u', event: 'E', messageId })
      console.log(`accepted ${messageId}`)
    }
    track(1)
    track(2)
    await pause(20)
    track(3)
    let index = 3
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await pause(20)
        track(++index)
        controller.enqueue(new TextEncoder().encode('chunk\n'))
        if (index === 5) controller.close()
      },
    })
    return new Response(body)
  },
})
