// Workers types without the list of bindings that `wrangler types` writes.
import { DurableObject } from 'cloudflare:workers'
import { Analytics } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/workers'
import { same } from './same.ts'

interface Bindings {
  WRITE_KEY: string
}
const client = new Analytics({ writeKey: 'k' })

withAnalytics(client, {
  fetch(request, env, ctx) {
    same<typeof env, unknown>(true)
    const platform: ExecutionContext = ctx
    ctx.exports
    return new Response(`${request.cf?.country} ${platform.props}`)
  },
})
// The expected type says it.
withAnalytics(client, {
  queue(_batch, env, _ctx, analytics) {
    same<typeof env, Bindings>(true)
    analytics.track({ userId: 'u', event: 'Ordered' })
  },
}) satisfies ExportedHandler<Bindings>
withAnalytics(client, { fetch: (_, env: Bindings) => new Response(env.WRITE_KEY) }) satisfies ExportedHandler<Bindings>
withAnalytics((env: Bindings) => ({ writeKey: env.WRITE_KEY }), {
  scheduled: (_, env) => same<typeof env, Bindings>(true),
}) satisfies ExportedHandler<Bindings>
withAnalytics((env: Bindings) => ({ writeKey: env.WRITE_KEY }), class extends DurableObject<Bindings> {})
withAnalytics((env: Bindings) => ({ writeKey: env.WRITE_KEY }), class extends DurableObject {})
