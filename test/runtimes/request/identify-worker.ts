// The Worker of wrappers.test.ts: whose request it is, in each kind of response.

import { createAnalytics, type ScopeIdentity } from 'analytics-edge'
import { fromRequest } from 'analytics-edge/request'
import { withAnalytics } from 'analytics-edge/workers'

interface Env {
  SEGMENT_HOST: string
  OUT: { send(body: unknown): Promise<void> }
}

let host = ''
const client = createAnalytics(() => ({ writeKey: 'identify', host }))

async function route(path: string, env: Env): Promise<Response> {
  switch (path) {
    case '/redirect':
      return Response.redirect('https://www.example.com/', 302)
    case '/stream':
      return new Response(new Blob(['streamed']).stream())
    case '/fetched':
      return fetch('data:text/plain,fetched')
    case '/public':
      return new Response('ok', { headers: { 'Cache-Control': 'public, max-age=60' } })
    case '/socket': {
      const { 0: theirs, 1: ours } = new WebSocketPair()
      ours.accept()
      ours.send('hello')
      // The cast: Node's types know no such response.
      return new Response(null, { status: 101, webSocket: theirs } as ResponseInit)
    }
    case '/queue':
      await env.OUT.send(client.current().identity)
      return new Response('ok')
    default:
      return new Response('ok')
  }
}

export default withAnalytics(
  (env: Env) => {
    host = env.SEGMENT_HOST
    return client
  },
  {
    async fetch(request, env: Env, _ctx, analytics) {
      const { pathname } = new URL(request.url)
      analytics.track({ event: 'Visited', properties: { pathname } })
      return route(pathname, env)
    },
    async queue(batch: { messages: readonly { body: ScopeIdentity }[] }) {
      for (const { body } of batch.messages) await client.scope(body).track({ event: 'Packed' })
    },
  },
  {
    identify(request) {
      if (request.url.endsWith('/fall')) throw new Error('no session')
      return fromRequest(request, { host: 'cloudflare', ip: true, location: true })
    },
    setCookie: true,
  },
)

declare class WebSocketPair {
  readonly 0: WebSocket
  readonly 1: WebSocket & { accept(): void }
}
