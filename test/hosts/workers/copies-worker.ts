// A bundle with both forms of the package: a dependency in CommonJS has made the client, and the Worker wraps with the ES module.
import * as host from 'cloudflare:workers'
import type { Scope } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/workers'
import { Analytics } from '../../../dist/index.cjs'

interface Env {
  SEGMENT_HOST: string
  ROOM: { getByName(name: string): { hit(): Promise<string> } }
}

type Base = new (ctx: unknown, env: Env) => { readonly env: Env }
// A cast: the declarations of this module name only what the library uses.
const { DurableObject } = host as unknown as { DurableObject: Base }

let client: Analytics | undefined
const findClient = ({ SEGMENT_HOST }: Env): Analytics => {
  client ??= new Analytics({ writeKey: 'copies', host: SEGMENT_HOST })
  return client
}

class RoomObject extends DurableObject {
  declare protected readonly analytics: Scope

  hit(): string {
    this.analytics.track({ userId: 'room', event: 'Of the scope' })
    findClient(this.env).track({ userId: 'room', event: 'Of the client' })
    return 'hit'
  }
}

export const Room = withAnalytics(findClient, RoomObject)

export default withAnalytics(findClient, {
  async fetch(_request: Request, env: Env, _ctx, analytics) {
    analytics.track({ userId: 'worker', event: 'Of the scope' })
    findClient(env).track({ userId: 'worker', event: 'Of the client' })
    return new Response(await env.ROOM.getByName('a').hit())
  },
})
