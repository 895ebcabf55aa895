import type { Subject } from '../protocol.ts'

/** @param extraSettings further settings of the client */
export async function loadOurs(url: string, extraSettings: object = {}): Promise<Subject> {
  const { Analytics }: typeof import('../../src/index.ts') = await import(url)
  const settings = { writeKey: 'bench', ...extraSettings }
  return {
    createClient({ host, flushAt }) {
      const analytics = new Analytics({ ...settings, host, flushAt })
      return { track: (purchase) => analytics.track(purchase), close: () => analytics.closeAndFlush() }
    },
    // One client for the process and a scope for each invocation, as the wrappers do it.
    createInvocation({ host, flushAt }) {
      const analytics = new Analytics({ ...settings, host, flushAt })
      return (purchases) => {
        const scope = analytics.scope()
        for (const purchase of purchases) scope.track(purchase)
        return scope.flush()
      }
    },
  }
}
