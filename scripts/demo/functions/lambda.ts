import process from 'node:process'
import { withAnalytics } from 'analytics-edge/lambda'
import { record } from './record.ts'

/** What the demo's function reads of an HTTP API's event. */
export interface HttpEvent {
  readonly rawPath: string
  readonly body: string
}

const settings = { writeKey: process.env.SEGMENT_WRITE_KEY ?? '', host: process.env.SEGMENT_HOST }

export const handler = withAnalytics(
  settings,
  async ({ rawPath, body }: HttpEvent, _context, analytics) => {
    await record(analytics, rawPath, body)
    return { statusCode: 202 }
  },
  { flush: process.env.FLUSH === 'after-response' ? 'after-response' : 'before-response' },
)
