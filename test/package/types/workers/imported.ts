// Workers types that are imported, beside the DOM's globals: handlers name the types of their parameters.
import type {
  ExecutionContext,
  ExportedHandler,
  MessageBatch,
  ScheduledController,
  TraceItem,
} from '@cloudflare/workers-types'
import { withAnalytics } from 'analytics-edge/workers'

interface Env {
  WRITE_KEY: string
}

const worker = withAnalytics((env: Env) => ({ writeKey: env.WRITE_KEY }), {
  async fetch(request: Request, env: Env, ctx: ExecutionContext, analytics) {
    analytics.track({ userId: 'u', event: 'Visited', properties: { url: request.url } })
    ctx.props
    return new Response(env.WRITE_KEY)
  },
  async scheduled(controller: ScheduledController, env, ctx: ExecutionContext) {
    ctx.waitUntil(Promise.resolve([controller.cron, env.WRITE_KEY]))
  },
  async queue(batch: MessageBatch<{ id: string }>) {
    for (const { body } of batch.messages) console.log(body.id)
  },
  async tail(events: TraceItem[]) {
    console.log(events.length)
  },
})
worker satisfies Pick<ExportedHandler<Env>, 'scheduled' | 'queue' | 'tail'>
