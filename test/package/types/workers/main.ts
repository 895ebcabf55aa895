// A Worker of which `wrangler types` knows everything: its handlers, its classes, and the bindings that refer to them.
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'
import { Analytics } from 'analytics-edge'
import { type Scope, withAnalytics } from 'analytics-edge/workers'
import { same } from './same.ts'

const client = new Analytics({ writeKey: 'k' })

class RoomObject extends DurableObject<Env> {
  declare protected readonly analytics: Scope

  async join(userId: string): Promise<number> {
    this.analytics.track({ userId, event: 'Room Joined' })
    return this.ctx.getWebSockets().length
  }
}

// The class under its own name, as a value and as a type.
export const Room = withAnalytics((env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY }), RoomObject)
export type Room = RoomObject
same<typeof Room, typeof RoomObject>(true)

// Or as the base of the class that is exported. Its `env` is that of the class, without an annotation.
export class Lobby extends withAnalytics((env) => ({ writeKey: env.SEGMENT_WRITE_KEY }), RoomObject) {
  leave(userId: string): void {
    this.analytics.track({ userId, event: 'Lobby Left' })
  }
}

class BillingEntrypoint extends WorkerEntrypoint<Env> {
  declare readonly analytics: Scope

  async add(one: number, other: number): Promise<number> {
    this.analytics.track({ anonymousId: 'billing', event: 'Added', properties: { one, other } })
    return one + other
  }
}

export const Billing = withAnalytics(client, BillingEntrypoint)
export type Billing = BillingEntrypoint

declare function callPlatform(ctx: ExecutionContext): void

// A client as the source: `env` is `Cloudflare.Env`.
export const worker = withAnalytics(client, {
  async fetch(request, env, ctx, analytics) {
    same<typeof request, Request<unknown, IncomingRequestCfProperties>>(true)
    same<typeof env, Cloudflare.Env>(true)
    same<typeof analytics, Scope>(true)
    const country: string | undefined = request.cf?.country
    analytics.track({ userId: 'u', event: 'Visited', context: { location: { country } } })

    callPlatform(ctx)
    ctx.props
    same<typeof ctx.exports, Cloudflare.Exports>(true)
    same<number, Awaited<ReturnType<typeof ctx.exports.Billing.add>>>(true)

    await env.ORDERS.send({ id: 'o1' })
    const room = env.ROOM.get(env.ROOM.idFromName('main'))
    same<number, Awaited<ReturnType<typeof room.join>>>(true)
    const count: number = await room.join('u')
    env.LOBBY.get(env.LOBBY.idFromName('main')).leave('u')
    const sum: number = await env.BILLING.add(count, 1)

    const upstream = await fetch(request)
    return new Response(`${sum} ${env.SEGMENT_WRITE_KEY}`, upstream)
  },

  async scheduled(controller, env, ctx) {
    same<typeof controller, ScheduledController>(true)
    callPlatform(ctx)
    await env.ORDERS.send(controller.cron)
  },

  async queue(batch, env, ctx) {
    const typed: MessageBatch = batch
    batch.metadata
    batch.metadata.metrics.backlogCount
    for (const message of batch.messages) message.retry({ delaySeconds: 1 })
    callPlatform(ctx)
    await env.ORDERS.send(typed.queue)
  },

  async email(message, _env, ctx) {
    same<typeof message, ForwardableEmailMessage>(true)
    const text: string = await new Response(message.raw).text()
    callPlatform(ctx)
    await message.forward(text, new Headers())
  },

  async tail(events, _env, ctx) {
    same<typeof events, TraceItem[]>(true)
    callPlatform(ctx)
    const messages: string[] = events.flatMap(({ exceptions }) => exceptions.map(({ message }) => message))
    console.log(messages, events[0]?.truncated)
  },

  // Not wrapped, and kept.
  version: 5,
})

export default worker satisfies ExportedHandler<Env>
