import type { Scope } from 'analytics-edge'
import type { Order } from './env.ts'

/** Three events, one request to the API, and the response waits for none of it. */
export function visit(request: Request, userId: string, analytics: Scope): Response {
  const context = {
    ip: request.headers.get('cf-connecting-ip') ?? undefined,
    userAgent: request.headers.get('user-agent') ?? undefined,
  }
  analytics.identify({ userId, context, traits: { plan: 'Free' } })
  analytics.page({ userId, context, name: 'Home', properties: { url: request.url } })
  analytics.track({ userId, context, event: 'Visited' })
  return new Response(`Hello, ${userId}\n`)
}

/** The handler has returned long before the last part is sent; what is tracked by then is delivered as well. */
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

/** Goes on in the `queue` handler, which tracks in a scope of its own. */
export async function placeOrder(userId: string, orders: Queue<Order>, analytics: Scope): Promise<Response> {
  const order = { id: crypto.randomUUID(), userId }
  await orders.send(order)
  analytics.track({ userId, event: 'Order Placed', properties: { orderId: order.id } })
  return Response.json(order, { status: 201 })
}
