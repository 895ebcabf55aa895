import type { Subject } from '../protocol.ts'

/** A library without scopes: each invocation has a client of its own, as a shared one cannot tell its events apart. */
export function toSubject(createClient: Subject['createClient']): Subject {
  return {
    createClient,
    createInvocation: (settings) => (purchases) => {
      const client = createClient(settings)
      for (const purchase of purchases) client.track(purchase)
      return client.close()
    },
  }
}
