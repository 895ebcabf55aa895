// A client at module scope, called by requests without wrapper or scope.

import { Analytics } from 'analytics-edge'

interface Env {
  SEGMENT_HOST: string
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
let shared: Analytics | undefined

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url)
    const userId = url.searchParams.get('user') ?? 'nobody'
    shared ??= new Analytics({ writeKey: 'root', host: env.SEGMENT_HOST })
    switch (url.pathname) {
      case '/leave':
        shared.track({ userId, event: 'Left' })
        return new Response('ok')
      case '/await':
        // As it is: an Outcome is plain data.
        return Response.json(await shared.track({ userId, event: 'Awaited', messageId: `of ${userId}` }))
      case '/flush':
        shared.track({ userId, event: 'Flushed' })
        await pause(Number(url.searchParams.get('ms') ?? 0))
        await shared.flush()
        return new Response('ok')
      default:
        return new Response('not found', { status: 404 })
    }
  },
}
