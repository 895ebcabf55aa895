import { withAnalytics } from 'analytics-edge/vercel'
import type { NextApiRequest, NextApiResponse } from 'next'
import { client } from '../../analytics.ts'

export default withAnalytics(client, async (req: NextApiRequest, res: NextApiResponse, analytics) => {
  analytics.track({ userId: String(req.query.user), event: 'Flushed' })
  await analytics.flush()
  res.json({ flushed: true })
})
