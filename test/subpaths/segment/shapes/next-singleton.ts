// A singleton that outlives hot reloads.
import { Analytics } from 'SDK'

const globalForAnalytics = globalThis as unknown as { analytics: Analytics | undefined }

export const analytics: Analytics =
  globalForAnalytics.analytics ?? new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
globalForAnalytics.analytics = analytics

export async function action(userId: string): Promise<{ ok: true }> {
  analytics.track({ userId, event: 'Action Called' })
  await analytics.flush()
  return { ok: true }
}

void action('u1').then((result) => console.log(JSON.stringify(result)))
