import { withAnalytics } from 'analytics-edge/vercel'
import type { NextApiRequest, NextApiResponse } from 'next'
import { client } from '../../analytics.ts'

export default withAnalytics(client, async (req: NextApiRequest, _res: NextApiResponse, analytics) => {
  analytics.track({ userId: String(req.query.user), event: 'Failed' })
  throw new Error('of the handler')
})
