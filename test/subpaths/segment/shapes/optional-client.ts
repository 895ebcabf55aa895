// A client that is not there without a key.
import { Analytics } from 'SDK'

let analytics: Analytics | undefined
try {
  analytics = new Analytics({ writeKey: process.env.NO_SUCH_KEY ?? '' })
} catch (error) {
  console.log(error instanceof Error)
}
analytics?.track({ userId: 'u1', event: 'Never' })
void analytics?.flush()
analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
analytics?.track({ userId: 'u1', event: 'Tracked' })
void (async () => {
  await analytics?.flush()
})()
