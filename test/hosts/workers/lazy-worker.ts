// A client at module scope that asks for its settings when it is needed.

import { createAnalytics } from 'analytics-edge'

let host = ''
const analytics = createAnalytics(() => ({ writeKey: 'lazy', host }))

export default {
  async fetch(request: Request, env: { SEGMENT_HOST: string }): Promise<Response> {
    host = env.SEGMENT_HOST
    analytics.track({ userId: new URL(request.url).searchParams.get('user') ?? 'nobody', event: 'Left' })
    return new Response('ok')
  },
}
