// The Worker that the wrapper's tests run in workerd: each route is one situation.

import { Analytics, type Scope } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/workers'

interface Env {
  SEGMENT_HOST: string
  WRITE_KEY: string
  OUT: { send(body: unknown): Promise<void> }
}

let resolvedCount = 0
let kept: Scope | undefined
let flushed: object | undefined
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function route(request: Request, analytics: Scope, env: Env, ctx: { waitUntil(task: Promise<unknown>): void }) {
  const url = new URL(request.url)
  const userId = url.searchParams.get('user') ?? 'nobody'
  switch (url.pathname) {
    case '/track':
      analytics.track({ userId, event: 'Visited' })
      return new Response('ok')
    case '/stream': {
      let chunk = 0
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await pause(30)
          analytics.track({ userId, event: `Chunk ${chunk}` })
          controller.enqueue(new TextEncoder().encode(`chunk ${chunk}\n`))
          if (++chunk === 5) controller.close()
        },
      })
      return new Response(body)
    }
    case '/slow':
      analytics.track({ userId, event: 'Started' })
      await pause(Number(url.searchParams.get('ms')))
      analytics.track({ userId, event: 'Ended' })
      return new Response('ok')
    case '/after-response':
      analytics.track({ userId, event: 'Before' })
      // Fires ahead of the flush behind the response, which starts its own timer when the handler ends.
      ctx.waitUntil(
        pause(0).then(async () => {
          analytics.track({ userId, event: 'After' })
          const { pendingCount } = analytics
          flushed = { pendingCount, ...(await analytics.flush()) }
        }),
      )
      return new Response('ok')
    case '/flushed':
      return Response.json(flushed)
    case '/keep':
      kept = analytics
      analytics.track({ userId, event: 'Own' })
      return new Response('ok')
    case '/use-kept':
      kept?.track({ userId, event: 'Foreign' })
      return Response.json(await kept?.flush())
    case '/enqueue':
      await env.OUT.send({ userId, fail: url.searchParams.has('fail') })
      return new Response('ok')
    case '/resolved':
      return Response.json(resolvedCount)
    default:
      return new Response('not found', { status: 404 })
  }
}

// At module scope, where workerd allows no timer, no random value and no I/O.
const atModuleScope = new Analytics({ writeKey: 'module-scope' })
atModuleScope.on('error', ({ reason }) => console.error('error event', reason))

export default withAnalytics(
  (env: Env) => {
    resolvedCount++
    return { writeKey: env.WRITE_KEY, host: env.SEGMENT_HOST }
  },
  {
    fetch(request: Request, env: Env, ctx, analytics) {
      return route(request, analytics, env, ctx)
    },
    async scheduled(controller, _env, _ctx, analytics) {
      analytics.track({ userId: 'cron', event: 'Tick', properties: { cron: controller.cron } })
    },
    async queue(batch, _env, _ctx, analytics) {
      for (const { body, attempts } of batch.messages) {
        analytics.track({ userId: body.userId, event: 'Message', properties: { attempts } })
        if (body.fail && attempts === 1) throw new Error('the consumer fell')
      }
    },
    async email(message, _env, _ctx, analytics) {
      analytics.track({ userId: message.from, event: 'Mail', properties: { to: message.to } })
    },
    async tail(events, _env, _ctx, analytics) {
      for (const { event, outcome } of events) {
        const kind = Object.keys(event as object).find((key) => key === 'request')
        analytics.track({ userId: 'tail', event: 'Traced', properties: { outcome, kind } })
      }
    },
  },
)
