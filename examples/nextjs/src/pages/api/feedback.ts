import { withAnalytics } from 'analytics-edge/vercel'
import type { NextApiRequest, NextApiResponse } from 'next'
import { client } from '../../analytics.ts'

/** `POST /api/feedback`, an API route of the Pages Router. */
export default withAnalytics(client, (req: NextApiRequest, res: NextApiResponse, analytics) => {
  const { userId, rating } = req.body
  analytics.track({ userId, event: 'Feedback Given', properties: { rating } })
  res.status(201).json({ thanks: true })
})
