import { withAnalytics } from 'analytics-edge/vercel'
import { client } from '../../../analytics.ts'

export const runtime = 'edge'

/** `GET /api/visit?user=ada`, on the edge runtime: both events are sent in one request, after the response. */
export const GET = withAnalytics(client, async (request: Request, _context, analytics) => {
  const { pathname, searchParams } = new URL(request.url)
  const userId = searchParams.get('user') ?? '019mr8mf4r'
  analytics.identify({ userId, traits: { lastPath: pathname } })
  analytics.track({ userId, event: 'Visited', properties: { path: pathname } })
  return new Response(`Hello, ${userId}!\n`)
})
