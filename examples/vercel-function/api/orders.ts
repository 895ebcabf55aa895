import { withAnalytics } from 'analytics-edge/vercel'

/** `POST /api/orders`, in Node: the response depends on an event, so the handler awaits it. Its Outcome is plain data, never an exception. */
export const POST = withAnalytics(
  () => ({ writeKey: process.env.SEGMENT_WRITE_KEY ?? '', host: process.env.SEGMENT_HOST }),
  async (request: Request, _context, analytics) => {
    const { id, userId } = JSON.parse(await request.text())
    const { status, error } = await analytics.track({
      userId,
      event: 'Order Placed',
      properties: { orderId: id },
      // If a client sends the order again, Segment counts it once.
      messageId: `placed-${id}`,
    })
    if (status === 'delivered') return Response.json({ id, status }, { status: 201 })
    return Response.json({ id, status, reason: error?.message }, { status: 502 })
  },
)
