import { withAnalytics } from 'analytics-edge/workers'
import type { Env, Order } from './env.ts'
import { forwardCall } from './forward-call.ts'
import { confirmed, countdown, placeOrder, visit } from './routes.ts'

// Every handler gets `analytics`, the scope of this one invocation. No call on it holds up the handler, and there is
// nothing to flush: what is pending is delivered behind the response.
export default withAnalytics((env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY, host: env.SEGMENT_HOST }), {
  async fetch(request, env, _ctx, analytics) {
    const { pathname, searchParams } = new URL(request.url)
    const userId = searchParams.get('user') ?? '019mr8mf4r'
    switch (pathname) {
      case '/':
      case '/visit':
        return visit(request, userId, analytics)
      case '/stream':
        return countdown(userId, analytics)
      case '/await':
        return confirmed(userId, analytics)
      case '/error':
        analytics.track({ userId, event: 'Checkout Started' })
        throw new Error('the event above is delivered all the same')
      case '/orders':
        return placeOrder(userId, env.ORDERS, analytics)
      case '/health':
        return new Response('ok')
      default:
        return forwardCall(pathname, request, analytics)
    }
  },

  async scheduled(controller, _env, _ctx, analytics) {
    analytics.track({
      anonymousId: 'cron',
      event: 'Report Sent',
      properties: { cron: controller.cron },
      // Workers may run a cron or deliver a message twice; with an id of its own, Segment counts its event once.
      messageId: `report-${controller.scheduledTime}`,
    })
  },

  async queue(batch: MessageBatch<Order>, _env, _ctx, analytics) {
    for (const { body } of batch.messages) {
      analytics.track({
        userId: body.userId,
        event: 'Order Shipped',
        properties: { orderId: body.id },
        messageId: `shipped-${body.id}`,
      })
    }
  },
}) satisfies ExportedHandler<Env, Order>
