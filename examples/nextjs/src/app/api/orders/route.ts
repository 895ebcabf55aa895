import { withAnalytics } from 'analytics-edge/vercel'
import { client } from '../../../analytics.ts'
import { takeFromStock } from '../../../stock.ts'

/**
 * `POST /api/orders`, in Node. What a helper tracks on the client joins the handler's scope, and travels with its events. A handler
 * that throws is answered by Next as ever, and its events arrive all the same.
 */
export const POST = withAnalytics(client, async (request: Request, _context, analytics) => {
  const { id, userId, card } = await request.json()
  if (card === 'declined') {
    analytics.track({ userId, event: 'Payment Failed', properties: { orderId: id } })
    throw new Error(`the card for order ${id} was declined`)
  }
  analytics.track({ userId, event: 'Order Placed', properties: { orderId: id } })
  await takeFromStock('mug', userId)
  return Response.json({ id }, { status: 201 })
})
