import type { Subject } from '../protocol.ts'
import { toSubject } from './to-subject.ts'

export async function loadSegment(url: string): Promise<Subject> {
  const { Analytics }: typeof import('@segment/analytics-node') = await import(url)
  return toSubject(({ host, flushAt }) => {
    const analytics = new Analytics({ writeKey: 'bench', host, flushAt })
    return { track: (purchase) => analytics.track(purchase), close: () => analytics.closeAndFlush() }
  })
}
