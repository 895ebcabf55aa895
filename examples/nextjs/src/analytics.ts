import { Analytics } from 'analytics-edge/vercel'

/**
 * One client serves the process. Each call on it is bound to the request that it is made in; under `withAnalytics` it joins the
 * scope of the handler.
 */
export const client = new Analytics({
  // Without a key, it would throw in `next build`, which also loads this module.
  writeKey: process.env.SEGMENT_WRITE_KEY || 'missing',
  // If it is not set, events go to Segment.
  host: process.env.SEGMENT_HOST,
})
client.on('error', ({ reason, ctx }) => console.error('not delivered', ctx.event.messageId, reason))
