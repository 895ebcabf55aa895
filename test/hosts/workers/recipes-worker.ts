// The recipes of docs/workers.md that need a runtime: a Workflow's step, a caller who goes away, a secret at module scope.
import * as host from 'cloudflare:workers'
import { Analytics } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/workers'

interface Env {
  SEGMENT_HOST: string
  SEGMENT_WRITE_KEY?: string
  SELF: { fetch(url: string, init: RequestInit): Promise<Response> }
  ORDERS: {
    create(options: { id: string }): Promise<unknown>
    get(id: string): Promise<{ status(): Promise<unknown> }>
  }
}

interface Step {
  do<Result>(name: string, act: () => Promise<Result>): Promise<Result>
}

type Base = new (ctx: unknown, env: Env) => { readonly env: Env }
// A cast: the declarations of this module name only what the library uses.
const { WorkflowEntrypoint, env } = host as unknown as { WorkflowEntrypoint: Base; env: Env }

const analytics = new Analytics({
  writeKey: env.SEGMENT_WRITE_KEY || 'none',
  disable: !env.SEGMENT_WRITE_KEY,
  host: env.SEGMENT_HOST,
})

let failureCount = 0

export class OrderFlow extends WorkflowEntrypoint {
  async run({ instanceId }: { instanceId: string }, step: Step): Promise<void> {
    await step.do('charge', async () => {
      const outcome = await analytics.track({ userId: 'ada', event: 'Charged', messageId: `${instanceId}/charge` })
      // The step runs again, and tracks the same event.
      if (failureCount++ === 0) throw new Error('the step fell after it had tracked')
      return outcome
    })
    await step.do('ship', async () => {
      analytics.track({ userId: 'ada', event: 'Shipped', messageId: `${instanceId}/ship` })
    })
  }
}

export default withAnalytics(analytics, {
  async fetch(request: Request, _env, _ctx, scope) {
    const { pathname, searchParams } = new URL(request.url)
    const id = searchParams.get('id') ?? ''
    switch (pathname) {
      case '/order':
        await env.ORDERS.create({ id })
        return new Response('created')
      case '/status':
        return Response.json(await (await env.ORDERS.get(id)).status())
      case '/call':
        // A caller that workerd itself knows: what is before it here does not pass the news on.
        await env.SELF.fetch('http://self/leave', { signal: AbortSignal.timeout(200) }).catch(() => {})
        return new Response('gone')
      case '/leave': {
        // Needs the compatibility flag `enable_request_signal`.
        request.signal.addEventListener('abort', () => {
          scope.track({ userId: 'ada', event: 'Caller Left' })
        })
        await new Promise((resolve) => setTimeout(resolve, 3_000))
        return new Response('too late')
      }
      default:
        scope.track({ userId: 'ada', event: 'Visited' })
        return new Response('ok')
    }
  },
})
