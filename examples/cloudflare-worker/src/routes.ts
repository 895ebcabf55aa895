import type { ExtraContext, Scope } from 'analytics-edge'
import { analytics as client } from './analytics.ts'
import type { Cart } from './cart.ts'
import type { Order } from './env.ts'
import { checkStock } from './stock.ts'

/** Three events in one request to the API, which the response does not wait for. */
export function visit(request: Request, userId: string, analytics: Scope): Response {
  const context = contextOf(request)
  analytics.identify({ userId, context, traits: { plan: 'Free' } })
  analytics.page({ userId, context, name: 'Home', properties: { url: request.url } })
  analytics.track({ userId, context, event: 'Visited' })
  return new Response(`Hello, ${userId}\n`)
}

/** A scope for the visitor. All events inside it have its ids and context, even those of a helper that is not passed the scope. */
export async function viewProduct(request: Request, userId: string): Promise<Response> {
  const anonymousId = /\bajs_anonymous_id=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1]
  const visitor = client.scope({ anonymousId, context: contextOf(request) })
  return visitor.run(async () => {
    visitor.track({ userId, event: 'Product Viewed', properties: { productId: 'lamp' } })
    return Response.json({ isAvailable: await checkStock(userId, 'lamp') })
  })
}

/** Continues in a Durable Object, which tracks in its own scope. */
export async function addToCart(userId: string, carts: DurableObjectNamespace<Cart>): Promise<Response> {
  return Response.json({ count: await carts.getByName(userId).add(userId, 'lamp') })
}

/** The handler returns long before the last part is sent; events tracked until then are delivered as well. */
export function countdown(userId: string, analytics: Scope): Response {
  let count = 3
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (count === 0) {
        analytics.track({ userId, event: 'Countdown Finished' })
        return controller.close()
      }
      controller.enqueue(new TextEncoder().encode(`${count}\n`))
      count--
      await scheduler.wait(50)
    },
  })
  analytics.track({ userId, event: 'Countdown Started' })
  return new Response(body)
}

/** For an event that the response depends on: awaiting it sends it at once. Its Outcome is plain data, never an exception. */
export async function confirmed(userId: string, analytics: Scope): Promise<Response> {
  const outcome = await analytics.track({ userId, event: 'Terms Accepted' })
  return Response.json(outcome, { status: outcome.status === 'delivered' ? 200 : 502 })
}

/** Continues in the `queue` handler, which tracks in its own scope. */
export async function placeOrder(
  details: Omit<Order, 'id'>,
  orders: Queue<Order>,
  analytics: Scope,
): Promise<Response> {
  const order = { id: crypto.randomUUID(), ...details }
  await orders.send(order)
  analytics.track({ userId: order.userId, event: 'Order Placed', properties: { orderId: order.id } })
  return Response.json(order, { status: 201 })
}

function contextOf({ headers }: Request): ExtraContext {
  return {
    ip: headers.get('cf-connecting-ip') ?? undefined,
    userAgent: headers.get('user-agent') ?? undefined,
  }
}
