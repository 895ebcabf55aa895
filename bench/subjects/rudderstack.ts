import type { Subject, SubjectClient, SubjectSettings } from '../protocol.ts'
import { toSubject } from './to-subject.ts'

export async function loadRudderStack(url: string): Promise<Subject> {
  const { default: RudderAnalytics }: { default: typeof import('@rudderstack/rudder-sdk-node') } = await import(url)
  const createClient = ({ host, flushAt }: SubjectSettings): SubjectClient => {
    const analytics = new RudderAnalytics('bench', {
      dataPlaneUrl: host,
      flushAt,
      // By default it drops what goes beyond 20,000.
      maxInternalQueueSize: 100_000,
      gzip: false,
    })
    let openCount = 0
    const settle = () => {
      openCount--
    }
    return {
      track(purchase) {
        openCount++
        analytics.track(purchase, settle)
      },
      // Its flush sends one batch.
      async close() {
        while (openCount > 0) {
          await analytics.flush()
          await new Promise((resolve) => setImmediate(resolve))
        }
      },
    }
  }
  return toSubject(createClient)
}
