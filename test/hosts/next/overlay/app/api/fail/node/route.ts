import { withAnalytics } from 'analytics-edge/vercel'
import { client } from '../../../../analytics.ts'

export const GET = withAnalytics(client, async (request: Request, _context, analytics): Promise<Response> => {
  analytics.track({ userId: String(new URL(request.url).searchParams.get('user')), event: 'Failed' })
  throw new Error('of the handler')
})
