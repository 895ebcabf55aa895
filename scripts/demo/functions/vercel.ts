import { withAnalytics } from 'analytics-edge/vercel'
import { answer } from './record.ts'

const settings = { writeKey: process.env.SEGMENT_WRITE_KEY ?? '', host: process.env.SEGMENT_HOST }

export default withAnalytics(settings, (request: Request, _context, analytics) => answer(request, analytics))
