// A client at module scope, with a plugin that is registered there too, and one whose plugin the first request registers.

import { Analytics, type Plugin } from 'analytics-edge'

interface Env {
  SEGMENT_HOST: string
}

const createPlugin = (name: string): Plugin => ({
  name,
  type: 'enrichment',
  load: async () => {},
  track: (ctx) => {
    ctx.updateEvent('properties.enriched', true)
    return ctx
  },
})

// The host is known to requests alone.
let host = ''
const settings = {
  writeKey: 'plugins',
  httpClient: (url: string, init: object) => fetch(url.replace('https://api.segment.io', host), init),
}

const early = new Analytics(settings)
const names: string[] = []
early.on('register', (registered) => names.push(...registered))
void early.register(createPlugin('a'))
void early.register(createPlugin('b'))

let late: Analytics | undefined

function getLate(): Analytics {
  if (late) return late
  late = new Analytics(settings)
  void late.register(createPlugin('c'))
  return late
}

export default {
  async fetch(request: Request, env: Env, ctx: { waitUntil(promise: Promise<unknown>): void }): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    host = env.SEGMENT_HOST
    const client = pathname === '/module' ? early : getLate()
    const userId = searchParams.get('user') ?? undefined
    const scope = client.scope({ waitUntil: (promise) => ctx.waitUntil(promise) })
    if (userId) scope.track({ userId, event: 'Visited' })
    return new Response(names.join())
  },
}
