import type { Subject } from '../protocol.ts'

export async function loadSegment(url: string): Promise<Subject> {
  const { Analytics }: typeof import('@segment/analytics-node') = await import(url)
  return {
    createClient({ host, flushAt }) {
      const analytics = new Analytics({ writeKey: 'bench', host, flushAt })
      return { track: (purchase) => analytics.track(purchase), close: () => analytics.closeAndFlush() }
    },
    // A client for each invocation: one that is shared cannot tell its events apart.
    createInvocation({ host, flushAt }) {
      return (purchases) => {
        const analytics = new Analytics({ writeKey: 'bench', host, flushAt })
        for (const purchase of purchases) analytics.track(purchase)
        return analytics.closeAndFlush()
      }
    },
  }
}
