// Workers that were written without the wrapper, and are then given to it.
import { Analytics } from 'analytics-edge'
import { type Scope, withAnalytics } from 'analytics-edge/workers'
import { Hono } from 'hono'
import { same } from './same.ts'

const settings = (env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY })
const client = new Analytics({ writeKey: 'k' })

// Hono: the application itself, its `fetch`, and a call of it that hands the scope on.
const app = new Hono<{ Bindings: Env & { analytics?: Scope } }>()
const wrappedApp = withAnalytics(settings, app)
wrappedApp satisfies ExportedHandler<Env>
wrappedApp.get('/', (c) => c.text(c.env.SEGMENT_WRITE_KEY))
withAnalytics(client, app) satisfies ExportedHandler<Env>
withAnalytics({ writeKey: 'k' }, app) satisfies ExportedHandler<Env>
withAnalytics(settings, { fetch: app.fetch }) satisfies ExportedHandler<Env>
withAnalytics(settings, {
  fetch: (request, env, ctx, analytics) => app.fetch(request, { ...env, analytics }, ctx),
}) satisfies ExportedHandler<Env>
withAnalytics(client, {
  fetch: (request, env: Env, ctx: ExecutionContext) => app.fetch(request, env, ctx),
}) satisfies ExportedHandler<Env>

export async function callApp(ctx: ExecutionContext, env: Env): Promise<Response> {
  return wrappedApp.fetch(new Request('http://localhost'), env, ctx)
}

// Handlers that are checked or declared as an `ExportedHandler`.
const checked = {
  async fetch(request, _env, _ctx) {
    return new Response(request.cf?.country ?? '')
  },
  async queue(batch, _env, _ctx) {
    for (const message of batch.messages) message.ack()
  },
} satisfies ExportedHandler<Env, { id: string }>
const wrappedChecked = withAnalytics(settings, checked)
wrappedChecked satisfies ExportedHandler<Env, { id: string }>

const declared: ExportedHandler<Env> = checked as ExportedHandler<Env>
withAnalytics(settings, declared) satisfies ExportedHandler<Env>
withAnalytics(client, declared) satisfies ExportedHandler<Env>

export async function callThem(ctx: ExecutionContext, env: Env): Promise<void> {
  await wrappedChecked.fetch(new Request('http://localhost'), env, ctx)
  await withAnalytics(settings, declared).fetch?.(new Request('http://localhost'), env, ctx)
}

// Handlers with types of their own.
const ofFetch: ExportedHandlerFetchHandler<Env> = (request) => new Response(request.cf?.colo)
const ofQueue: ExportedHandlerQueueHandler<Env, { id: string }> = (batch) => batch.messages[0]?.ack()
withAnalytics(settings, { fetch: ofFetch, queue: ofQueue }) satisfies ExportedHandler<Env, { id: string }>
withAnalytics(settings, {
  async fetch(request: Request, env: Env, ctx: ExecutionContext<{ tenant: string }>) {
    return new Response(`${request.url} ${env.SEGMENT_WRITE_KEY} ${ctx.props.tenant}`)
  },
  async queue(batch: MessageBatch<{ id: string }>) {
    for (const { body } of batch.messages) console.log(body.id)
  },
}) satisfies ExportedHandler<Env, { id: string }>
withAnalytics(settings, { fetch: () => new Response() }) satisfies ExportedHandler<Env>
withAnalytics(settings, { fetch: (request) => fetch(request) }) satisfies ExportedHandler<Env>
export const annotated: ExportedHandler<Env> = withAnalytics(client, {
  fetch: (_request, env, _ctx, analytics) => {
    analytics.track({ userId: 'u', event: 'Visited' })
    return new Response(env.SEGMENT_WRITE_KEY)
  },
})

// `env` from settings, from a function with and without an annotation, and by name.
withAnalytics({ writeKey: 'k' }, { scheduled: (_, env) => same<typeof env, Cloudflare.Env>(true) })
withAnalytics(settings, { scheduled: (_, env) => same<typeof env, Env>(true) })
withAnalytics((env) => ({ writeKey: env.SEGMENT_WRITE_KEY }), {
  scheduled: (_, env) => same<typeof env, Cloudflare.Env>(true),
})
interface OwnEnv {
  WRITE_KEY: string
}
const own = withAnalytics((env: OwnEnv) => new Analytics({ writeKey: env.WRITE_KEY }), {
  scheduled: (_, env) => same<typeof env, OwnEnv>(true),
})
own satisfies ExportedHandler<OwnEnv>
const named = withAnalytics<OwnEnv>(client, { fetch: (_, env) => new Response(env.WRITE_KEY) })
withAnalytics<OwnEnv>(client, { scheduled: (_, env) => same<typeof env, OwnEnv>(true) }, { timeout: 1000 })

export async function callNamed(ctx: ExecutionContext): Promise<Response> {
  return named.fetch(new Request('http://localhost'), { WRITE_KEY: 'k' }, ctx)
}

// A class from before DurableObject, which says nothing of its `env`.
class Counter {
  constructor(readonly state: DurableObjectState) {}
}
same<typeof Counter, ReturnType<typeof wrapCounter>>(true)
function wrapCounter() {
  return withAnalytics(settings, Counter)
}
