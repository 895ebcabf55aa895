import { env } from 'cloudflare:workers'
import { Analytics } from 'analytics-edge'

/** The client of the whole Worker. A call on it joins the running invocation. */
export const analytics = new Analytics({
  // A missing secret must not keep the Worker from starting.
  writeKey: env.SEGMENT_WRITE_KEY || 'none',
  disable: !env.SEGMENT_WRITE_KEY,
  host: env.SEGMENT_HOST,
})

if (!env.SEGMENT_WRITE_KEY) console.warn('SEGMENT_WRITE_KEY is missing: no event is sent')
