import type { SegmentEvent } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/vercel'
import type { NextRequest } from 'next/server'

const settings = () => ({
  writeKey: process.env.SEGMENT_WRITE_KEY ?? '',
  host: process.env.SEGMENT_HOST,
  onUndelivered: (events: SegmentEvent[]) => {
    for (const { messageId } of events) console.error('not delivered', messageId)
  },
})

export const GET = withAnalytics(settings, (request: NextRequest, _context, analytics) => {
  analytics.track({ userId: String(request.nextUrl.searchParams.get('user')), event: 'Called By Function' })
  return new Response('ok')
})
