// No Workers types at all, only the DOM's globals.
import { withAnalytics } from 'analytics-edge/workers'
import { Hono } from 'hono'
import { same } from './same.ts'

const worker = withAnalytics((env: { WRITE_KEY: string }) => ({ writeKey: env.WRITE_KEY }), {
  async fetch(request, env, ctx) {
    same<typeof request, Request>(true)
    ctx.waitUntil(Promise.resolve(env.WRITE_KEY))
    return new Response(request.url)
  },
  async scheduled(controller, _env, _ctx, analytics) {
    analytics.track({ anonymousId: 'cron', event: 'Tick', properties: { cron: controller.cron } })
  },
  async queue(batch) {
    for (const { body, attempts } of batch.messages) console.log(body.id, attempts)
    batch.metadata
  },
  async email(message) {
    console.log(message.from, message.headers.get('subject'), await new Response(message.raw).text())
  },
  async tail(events) {
    console.log(events.map(({ outcome }) => outcome))
  },
})

withAnalytics(
  { writeKey: 'k' },
  {
    fetch(_request, env) {
      same<typeof env, unknown>(true)
      return new Response()
    },
  },
)
const app = new Hono<{ Bindings: { WRITE_KEY: string } }>()
withAnalytics((env: { WRITE_KEY: string }) => ({ writeKey: env.WRITE_KEY }), app)
withAnalytics({ writeKey: 'k' }, { fetch: (request, _, ctx) => app.fetch(request, { WRITE_KEY: 'k' }, ctx) })
// @ts-expect-error the context has no such method
withAnalytics({ writeKey: 'k' }, { scheduled: (_, __, ctx) => ctx.waitUntill() })

export async function callWorker(): Promise<Response> {
  const ctx = { waitUntil(_: Promise<unknown>) {}, passThroughOnException() {} }
  return worker.fetch(new Request('http://localhost'), { WRITE_KEY: 'k' }, ctx)
}
