// A Worker with an RPC method that returns what a call returns, and a handler that calls it.
import * as host from 'cloudflare:workers'
import { Analytics, type Outcome } from 'analytics-edge'

interface Env {
  SEGMENT_HOST: string
  ORDERS: { place(userId: string): Promise<Outcome> }
}

// A cast: the declarations of this module name only what the library uses.
const { WorkerEntrypoint } = host as unknown as { WorkerEntrypoint: new () => { readonly env: Env } }

export class Orders extends WorkerEntrypoint {
  place(userId: string): Promise<Outcome> {
    const analytics = new Analytics({ writeKey: 'rpc', host: this.env.SEGMENT_HOST })
    return analytics.track({ userId, event: 'Order Placed', messageId: `of ${userId}` })
  }
}

export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    return Response.json(await env.ORDERS.place('ada'))
  },
}
