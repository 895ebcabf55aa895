import { Analytics } from 'analytics-edge'

/** One client serves the environment; each invocation gets a scope of it. */
export const client = new Analytics({
  writeKey: process.env.SEGMENT_WRITE_KEY ?? 'missing',
  // Without one it is Segment's.
  host: process.env.SEGMENT_HOST,
})
client.on('error', ({ reason, ctx }) => console.error('not delivered', ctx.event.messageId, reason))
