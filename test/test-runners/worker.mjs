// A Worker with a wrapped handler and object, and a client at module scope with a plugin.
import { DurableObject } from 'cloudflare:workers'
import { Analytics } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/workers'

const EVENT = { userId: 'u1', event: 'E' }

let client
const findClient = ({ COLLECTOR_URL }) => {
  client ??= new Analytics({ writeKey: 'worker', host: COLLECTOR_URL })
  return client
}

export default withAnalytics(findClient, {
  async fetch(_request, _env, _ctx, analytics) {
    analytics.track(EVENT)
    client.track(EVENT)
    await analytics.track(EVENT)
    analytics.track(EVENT)
    return new Response(
      new ReadableStream({
        // Behind the response, one after the other: the second waits for company.
        async pull(controller) {
          await analytics.track(EVENT)
          analytics.track(EVENT)
          controller.close()
        },
      }),
    )
  },
})

export const Room = withAnalytics(
  findClient,
  class Room extends DurableObject {
    visit() {
      this.analytics.track(EVENT)
      client.track(EVENT)
      return 'visited'
    }
  },
)
