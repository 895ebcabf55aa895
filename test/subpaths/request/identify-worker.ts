// The Worker of wrappers.test.ts: whose request it is, in each kind of response and of class.

import * as runtime from 'cloudflare:workers'
import { createAnalytics, type OptionalIdentity, type ScopeIdentity } from 'analytics-edge'
import { fromRequest } from 'analytics-edge/request'
import { type Scope, withAnalytics } from 'analytics-edge/workers'

interface Env {
  SEGMENT_HOST: string
  OUT: { send(body: unknown): Promise<void> }
  ROOM: { idFromName(name: string): unknown; get(id: unknown): RoomStub }
  SERVICE: { fetch(request: Request): Promise<Response> }
}

interface RoomStub {
  fetch(request: Request): Promise<Response>
  pack(identity: ScopeIdentity | undefined): Promise<string>
  label(): Promise<string>
}

type Base = new (ctx: { waitUntil(promise: Promise<unknown>): void }, env: Env) => object
// A cast: the declarations of this module name only what the library uses.
const { DurableObject, WorkerEntrypoint } = runtime as unknown as { DurableObject: Base; WorkerEntrypoint: Base }

let host = ''
const client = createAnalytics(() => ({ writeKey: 'identify', host }))

const source = (env: Env) => {
  host = env.SEGMENT_HOST
  return client
}
const options = {
  // By structure: the types of the tests are Node's.
  identify(request: { url: string; headers: { get(name: string): string | null } }) {
    if (request.url.endsWith('/fall')) throw new Error('no session')
    if (request.url.endsWith('/hang')) return new Promise<never>(() => {})
    return fromRequest(request, { host: 'cloudflare', ip: true, location: true })
  },
  setCookie: true,
}

class RoomObject extends DurableObject {
  declare protected readonly analytics: Scope<OptionalIdentity>

  async fetch(request: Request): Promise<Response> {
    this.analytics.track({ event: 'Room Visited', properties: { label: await this.label() } })
    if (request.headers.get('upgrade')) return upgrade()
    return Response.redirect('https://www.example.com/room', 302)
  }

  /** From another invocation: the identity is an argument. */
  async pack(identity: ScopeIdentity): Promise<string> {
    return (await client.scope(identity).track({ event: 'Room Packed' })).status
  }

  async label(): Promise<string> {
    this.analytics.track({ anonymousId: 'room', event: 'Labelled' })
    return 'label'
  }
}
export const Room = withAnalytics(source, RoomObject, options)

/** Its `fetch` is a field of the object. */
class ServiceEntrypoint extends WorkerEntrypoint {
  declare protected readonly analytics: Scope<OptionalIdentity>
  readonly fetch = async (_request: Request): Promise<Response> => {
    await this.analytics.track({ event: 'Service Visited' })
    return new Response('service')
  }
}
/** Its client is made of settings. */
export const Service = withAnalytics(
  (env: Env) => ({ writeKey: 'identify', host: env.SEGMENT_HOST }),
  ServiceEntrypoint,
  options,
)

function upgrade(): Response {
  const { 0: theirs, 1: ours } = new WebSocketPair()
  ours.accept()
  ours.send('hello')
  // The cast: Node's types know no such response.
  return new Response(null, { status: 101, webSocket: theirs } as ResponseInit)
}

async function route(request: Request, path: string, env: Env): Promise<Response> {
  const room = env.ROOM.get(env.ROOM.idFromName('a'))
  switch (path) {
    case '/room':
      return room.fetch(request)
    case '/room/pack':
      return new Response(await room.pack(client.current().identity))
    case '/room/label':
      return new Response(await room.label())
    case '/service':
      return env.SERVICE.fetch(request)
    case '/cdn':
      return new Response('ok', { headers: { 'CDN-Cache-Control': 'max-age=60' } })
    case '/aged':
      return new Response('ok', { headers: { 'Cache-Control': 'max-age=60' } })
    case '/own':
      return new Response('ok', {
        headers: [
          ['Set-Cookie', 'a=b'],
          ['Set-Cookie', 'c=d'],
        ],
      })

    case '/redirect':
      return Response.redirect('https://www.example.com/', 302)
    case '/stream':
      return new Response(new Blob(['streamed']).stream())
    case '/fetched':
      return fetch('data:text/plain,fetched')
    case '/public':
      return new Response('ok', { headers: { 'Cache-Control': 'public, max-age=60' } })
    case '/socket':
      return upgrade()
    case '/queue':
      await env.OUT.send(client.current().identity)
      return new Response('ok')
    default:
      return new Response('ok')
  }
}

export default withAnalytics(
  source,
  {
    async fetch(request: Request, env, _ctx, analytics) {
      const { pathname } = new URL(request.url)
      analytics.track({ event: 'Visited', properties: { pathname } })
      return route(request, pathname, env)
    },
    async queue(batch: { messages: readonly { body: ScopeIdentity }[] }) {
      for (const { body } of batch.messages) await client.scope(body).track({ event: 'Packed' })
    },
  },
  options,
)

declare class WebSocketPair {
  readonly 0: WebSocket
  readonly 1: WebSocket & { accept(): void }
}
