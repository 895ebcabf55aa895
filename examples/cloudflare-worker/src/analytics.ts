import { env } from 'cloudflare:workers'
import { Analytics } from 'analytics-edge'

/** The client of all that is in this Worker. A call on it joins the invocation that it is made in. */
export const analytics = new Analytics({
  // A missing secret must not keep the Worker from starting.
  writeKey: env.SEGMENT_WRITE_KEY || 'none',
  disable: !env.SEGMENT_WRITE_KEY,
  host: env.SEGMENT_HOST,
})

if (!env.SEGMENT_WRITE_KEY) console.warn('SEGMENT_WRITE_KEY is missing: no event is sent')
