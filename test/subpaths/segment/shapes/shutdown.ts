// Functions that are declared Promise<void> return a flush.
import { Analytics } from 'SDK'

const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })

export const closeAnalytics = (): Promise<void> => analytics.closeAndFlush({ timeout: 5_000 })
export async function flushAnalytics(): Promise<void> {
  return analytics.flush()
}

analytics.track({ userId: 'u1', event: 'Flushed' })
void flushAnalytics()
  .then((result) => console.log('flush', result))
  .then(() => analytics.track({ userId: 'u1', event: 'Closed' }))
  .then(closeAnalytics)
  .then((result) => console.log('close', result))
