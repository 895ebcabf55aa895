// A Worker whose default export is a class, behind something that hands out a new proxy of `env` for each event, as Sentry does.
import * as host from 'cloudflare:workers'
import type { AnalyticsSettings } from 'analytics-edge'
import { type Scope, withAnalytics } from 'analytics-edge/workers'

interface Env {
  SEGMENT_HOST: string
  OUT: { send(body: unknown): Promise<void> }
}

interface Context {
  waitUntil(promise: Promise<unknown>): void
}

type Base = new (ctx: Context, env: Env) => { readonly ctx: Context; readonly env: Env }
// A cast: the declarations of this module name only what the library uses.
const { WorkerEntrypoint } = host as unknown as { WorkerEntrypoint: Base }

let madeCount = 0
const source = (env: Env): AnalyticsSettings => {
  madeCount++
  return { writeKey: 'entrypoint', host: env.SEGMENT_HOST }
}

class Entrypoint extends WorkerEntrypoint {
  declare protected readonly analytics: Scope

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/made') return Response.json(madeCount)
    if (pathname === '/enqueue') await this.env.OUT.send('message')
    else this.analytics.track({ userId: 'u', event: 'Fetched' })
    return new Response('ok')
  }

  async scheduled(): Promise<void> {
    this.analytics.track({ userId: 'u', event: 'Scheduled' })
  }

  async queue(batch: { messages: readonly { id: string; body: unknown }[] }): Promise<void> {
    for (const { id, body } of batch.messages) {
      // The same event if the message is delivered again.
      this.analytics.track({ userId: 'u', event: 'Queued', messageId: id, properties: { body } })
    }
  }

  async email({ from }: { from: string }): Promise<void> {
    this.analytics.track({ userId: from, event: 'Mail' })
  }

  /** A field, as some write their handlers. */
  tail = async (): Promise<void> => {
    this.analytics.track({ userId: 'u', event: 'Traced' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    this.analytics.track({ userId: 'u', event: 'Traced Still' })
  }
}

const Wrapped = withAnalytics(source, Entrypoint)
// The same source, for handlers that are not a class.
const handlers = withAnalytics(source, {
  async fetch(_request: Request, _env: Env, _ctx: Context, analytics) {
    analytics.track({ userId: 'u', event: 'Fetched By A Handler' })
    return new Response('ok')
  },
})

export default class extends Wrapped {
  constructor(ctx: Context, env: Env) {
    super(ctx, new Proxy(env, {}))
  }

  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== '/handler') return super.fetch(request)
    // A cast: the types of the tests are Node's.
    return handlers.fetch(request, new Proxy(this.env, {}), this.ctx as never) as Promise<Response>
  }
}
