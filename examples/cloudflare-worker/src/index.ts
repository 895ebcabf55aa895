import { withAnalytics } from 'analytics-edge/workers'
import { analytics } from './analytics.ts'
import type { Order } from './env.ts'
import { forwardCall } from './forward-call.ts'
import { addToCart, confirmed, countdown, placeOrder, viewProduct, visit } from './routes.ts'

export { Cart } from './cart.ts'

// Every handler gets `analytics`, the scope of its invocation. Calls on it do not delay the handler, and you need not
// flush: pending events are delivered after the response.
export default withAnalytics(analytics, {
  async fetch(request, env, _ctx, analytics) {
    const { pathname, searchParams } = new URL(request.url)
    const userId = searchParams.get('user') ?? '019mr8mf4r'
    switch (pathname) {
      case '/':
      case '/visit':
        return visit(request, userId, analytics)
      case '/product':
        return viewProduct(request, userId)
      case '/cart':
        return addToCart(userId, env.CARTS)
      case '/stream':
        return countdown(userId, analytics)
      case '/await':
        return confirmed(userId, analytics)
      case '/error':
        analytics.track({ userId, event: 'Checkout Started' })
        throw new Error('the event above is delivered all the same')
      case '/orders':
        return placeOrder({ userId, isRetried: searchParams.has('retry') }, env.ORDERS, analytics)
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
      // Workers may run a cron twice; with a stable id, Segment counts its event once.
      messageId: `report-${controller.scheduledTime}`,
    })
  },

  async queue(batch: MessageBatch<Order>, _env, _ctx, analytics) {
    for (const message of batch.messages) {
      const { id, userId, isRetried } = message.body
      // A redelivered message keeps its id, so Segment counts its event once.
      analytics.track({ userId, event: 'Order Shipped', properties: { orderId: id }, messageId: message.id })
      // Stands for work that fails.
      if (isRetried && message.attempts === 1) message.retry()
    }
  },
}) satisfies ExportedHandler<Cloudflare.Env, Order>
