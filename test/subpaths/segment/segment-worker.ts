// The drop-in at module scope of a Worker, called by requests without wrapper or scope.

import { Analytics } from 'analytics-edge/segment'
import { withAnalytics } from 'analytics-edge/workers'

interface Env {
  SEGMENT_HOST: string
}

let shared: Analytics | undefined

const wrapped = withAnalytics(
  ({ SEGMENT_HOST }: Env) => (shared ??= new Analytics({ writeKey: 'k', host: SEGMENT_HOST })),
  {
    async fetch(_request, _env, _ctx, analytics) {
      analytics.track({ userId: 'wrapped', event: 'On the scope' })
      const returned = shared?.track({ userId: 'wrapped', event: 'On the client' })
      return new Response(String(returned))
    },
  },
)

export default {
  async fetch(request: Request, env: Env, ctx: { waitUntil(promise: Promise<unknown>): void }): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    // The cast: the two worlds of types, of Workers and of the test, meet here.
    if (pathname === '/wrapped') return wrapped.fetch(request as never, env, ctx as never) as never
    shared ??= new Analytics({ writeKey: 'k', host: env.SEGMENT_HOST })
    const returned = shared.track({ userId: searchParams.get('user') ?? 'nobody', event: 'Left' })
    return new Response(String(returned))
  },
}
