// A client, and a scope, at module scope, called by requests that overlap: each route is a situation.
import { Analytics, type Scope } from 'analytics-edge'

// The host is known to requests alone.
let host = ''
const analytics = new Analytics({
  writeKey: 'shared',
  httpClient: (url: string, init: object) => fetch(url.replace('https://api.segment.io', host), init),
})
const moduleScope = analytics.scope()
analytics.on('error', ({ reason, ctx }) => console.error('not delivered', ctx.event.event, reason))

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function act(pathname: string, name: string, scope: Scope): Promise<unknown> {
  const track = (event: string) => scope.track({ userId: name, event })
  switch (pathname) {
    case '/leave':
      track('Left')
      return 'left'
    case '/await':
      return (await track('Awaited')).status
    case '/flush':
      track('First')
      await pause(30)
      track('Second')
      return [await scope.flush(), scope.pendingCount]
    case '/again':
      // Awaits, flushes, and tracks again after that and behind the response.
      await track('Awaited')
      await pause(5)
      track('Later')
      await scope.flush()
      track('Last')
      return scope.pendingCount
    case '/many':
      for (let index = 0; index < 15; index++) {
        track(`${index}`)
        await pause(4)
      }
      return scope.pendingCount
    case '/slowly':
      for (let index = 0; index < 60; index++) {
        track(`${index}`)
        await pause(50)
      }
      return 'tracked'
    default:
      throw new Error(`no route ${pathname}`)
  }
}

function stream(name: string, scope: Scope): ReadableStream<Uint8Array> {
  let chunk = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await pause(5)
      scope.track({ userId: name, event: `Chunk ${chunk}` })
      controller.enqueue(new TextEncoder().encode('.'))
      if (++chunk === 100) controller.close()
    },
  })
}

export default {
  async fetch(request: Request, env: { SEGMENT_HOST: string }): Promise<Response> {
    host = env.SEGMENT_HOST
    const { pathname, searchParams } = new URL(request.url)
    const name = searchParams.get('name') ?? ''
    const scopes: Record<string, Scope> = { client: analytics, scope: analytics.scope(), 'module scope': moduleScope }
    const scope = scopes[searchParams.get('on') ?? 'client'] ?? analytics
    if (pathname === '/stream') return new Response(stream(name, scope))
    return Response.json(await act(pathname, name, scope))
  },
}
