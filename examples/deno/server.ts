import { Analytics, type Scope } from 'analytics-edge'

const analytics = new Analytics({
  writeKey: Deno.env.get('SEGMENT_WRITE_KEY') ?? '',
  host: Deno.env.get('SEGMENT_HOST'),
})
analytics.on('error', ({ reason, ctx }) => console.error('not delivered', ctx.event.messageId, reason))

/** Work that continues after the responses. Deno has no `waitUntil`, so a shutdown waits for this set. */
const background = new Set<Promise<unknown>>()

function waitUntil(task: Promise<unknown>): void {
  const ended = task.catch(console.error).finally(() => background.delete(ended))
  background.add(ended)
}

const server = Deno.serve(
  {
    port: Number(Deno.env.get('PORT') ?? '3000'),
    hostname: Deno.env.get('HOST') ?? '127.0.0.1',
    onListen: ({ hostname, port }) => console.log(`listening on http://${hostname}:${port}`),
  },
  (request) => {
    const scope = analytics.scope({
      waitUntil,
      context: { userAgent: request.headers.get('user-agent') ?? undefined },
    })
    // The events of a request are sent together, as soon as it is answered.
    return scope.run(() => answer(request, scope))
  },
)

async function answer(request: Request, analytics: Scope): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  const userId = searchParams.get('user') ?? '019mr8mf4r'
  switch (`${request.method} ${pathname}`) {
    case 'GET /visit':
      analytics.identify({ userId, traits: { plan: 'Free' } })
      analytics.track({ userId, event: 'Visited' })
      return new Response(`Hello, ${userId}\n`)
    case 'POST /orders': {
      const orderId = crypto.randomUUID()
      analytics.track({ userId, event: 'Order Placed', properties: { orderId } })
      waitUntil(ship(orderId, userId, analytics))
      return Response.json({ orderId }, { status: 201 })
    }
    default:
      return new Response('no such route\n', { status: 404 })
  }
}

/** Finishes long after the response. The scope still accepts events, and sends each at once. */
async function ship(orderId: string, userId: string, analytics: Scope): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 200))
  analytics.track({ userId, event: 'Order Shipped', properties: { orderId } })
}

/** Answers the requests in progress and waits for their background work before the process exits. */
async function stop(): Promise<void> {
  // Docker kills the process after ten seconds. Events still pending after eight fail, and are reported.
  setTimeout(() => analytics.closeAndFlush({ timeout: 1 }), 8_000)
  await server.shutdown()
  while (background.size > 0) await Promise.all(background)
  Deno.exit()
}

Deno.addSignalListener('SIGINT', stop)
Deno.addSignalListener('SIGTERM', stop)
