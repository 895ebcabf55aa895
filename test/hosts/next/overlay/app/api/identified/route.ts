import { fromRequest } from 'analytics-edge/request'
import { withAnalytics } from 'analytics-edge/vercel'
import { client } from '../../../analytics.ts'

/** Behind a proxy that identifies as well. */
export const GET = withAnalytics(
  client,
  (_request: Request, _context, analytics) => {
    analytics.track({ event: 'Identified' })
    return Response.json(analytics.identity?.anonymousId)
  },
  { identify: (request) => fromRequest(request), setCookie: true },
)
