import { withAnalytics } from 'analytics-edge/vercel'

/** `POST /api/orders`, in Node: the response depends on an event, so the handler awaits it. The outcome is a value, never an exception. */
export const POST = withAnalytics(
  () => ({ writeKey: process.env.SEGMENT_WRITE_KEY ?? '', host: process.env.SEGMENT_HOST }),
  async (request: Request, _context, analytics) => {
    const { id, userId } = JSON.parse(await request.text())
    const context = await analytics.track({
      userId,
      event: 'Order Placed',
      properties: { orderId: id },
      // A client that sends the order again is counted once.
      messageId: `placed-${id}`,
    })
    const failure = context.failedDelivery()
    if (!failure) return Response.json({ id, delivered: true }, { status: 201 })
    return Response.json({ id, delivered: false, reason: String(failure.reason) }, { status: 502 })
  },
)
