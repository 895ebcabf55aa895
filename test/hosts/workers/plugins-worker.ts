// A client that the first request makes, with plugins whose loads need that request's input and output.

import { Analytics, type Context, type Plugin } from 'analytics-edge'

interface Env {
  SEGMENT_HOST: string
}

let shared: Analytics | undefined
const elsewhere: unknown[] = []

function createClient({ SEGMENT_HOST: host }: Env): Analytics {
  const client = new Analytics({ writeKey: 'plugins', host })
  const load = async () => {
    await (await fetch(`${host}/_/requests`)).text()
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  const enrichment: Plugin = {
    name: 'enrichment',
    type: 'enrichment',
    load,
    track: (ctx: Context) => {
      ctx.updateEvent('properties.enriched', true)
      return ctx
    },
  }
  const destination: Plugin = {
    name: 'destination',
    type: 'destination',
    load,
    track: (ctx: Context) => {
      elsewhere.push(ctx.event.userId)
      return ctx
    },
  }
  void client.register(enrichment, destination)
  return client
}

export default {
  async fetch(request: Request, env: Env, ctx: { waitUntil(promise: Promise<unknown>): void }): Promise<Response> {
    const userId = new URL(request.url).searchParams.get('user') ?? undefined
    if (userId === undefined) return Response.json(elsewhere)
    shared ??= createClient(env)
    const scope = shared.scope({ waitUntil: (promise) => ctx.waitUntil(promise) })
    scope.track({ userId, event: 'Visited' })
    return new Response('ok')
  },
}
