import { fromRequest } from 'analytics-edge/request'
import { withAnalytics } from 'analytics-edge/vercel'

export const config = { runtime: 'edge' }

/** `GET /api/visit?user=ada`, on the edge: three events, one request to the API, and the response waits for none of it. */
export default withAnalytics(
  // A function, called at the first request, because a build also loads this file and has no secrets.
  () => ({ writeKey: process.env.SEGMENT_WRITE_KEY ?? '', host: process.env.SEGMENT_HOST }),
  (request: Request, _context, analytics) => {
    const userId = new URL(request.url).searchParams.get('user') ?? '019mr8mf4r'
    // Ties the visitor to the user: the other calls, which have no id, get the anonymousId of the cookie.
    analytics.identify({ userId, traits: { plan: 'Free' } })
    analytics.page({ name: 'Home' })
    analytics.track({ event: 'Visited' })
    return new Response(`Hello, ${userId}\n`)
  },
  { identify: (request) => fromRequest(request, { host: 'vercel', ip: true, location: true }), setCookie: true },
)
