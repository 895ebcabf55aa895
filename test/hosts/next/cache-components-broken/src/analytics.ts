import { Analytics } from 'analytics-edge/vercel'

export const client = new Analytics({
  writeKey: process.env.SEGMENT_WRITE_KEY || 'missing',
  host: process.env.SEGMENT_HOST,
  disable: process.env.NEXT_PHASE === 'phase-production-build',
})
