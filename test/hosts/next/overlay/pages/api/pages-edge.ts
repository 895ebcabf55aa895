import { withAnalytics } from 'analytics-edge/vercel'
import { client } from '../../analytics.ts'

export const config = { runtime: 'edge' }

export default withAnalytics(client, (request: Request, _context, analytics) => {
  const userId = String(new URL(request.url).searchParams.get('user'))
  analytics.track({ userId, event: 'Pages Edge Called' })
  return new Response('ok')
})
