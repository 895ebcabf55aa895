// Where a wrapper's client comes from. Exported for wrappers, ours and those of others.

import { Analytics } from './analytics.ts'
import type { AnalyticsSettings } from './settings/settings.ts'

/** Settings, or a client with listeners of its own. */
export type ClientSource = AnalyticsSettings | Analytics

/** For wrappers: the client that a user's settings ask for, or the one that was given. Wrong settings throw. */
export function toClient(source: ClientSource): Analytics {
  return source instanceof Analytics ? source : new Analytics(source)
}

/**
 * For wrappers that make their client while a request waits: wrong settings, a missing secret say, must not take a site down, so
 * they are logged, and every event of the client that comes back fails with them.
 */
export function toTolerantClient(resolveSource: () => ClientSource): Analytics {
  try {
    return toClient(resolveSource())
  } catch (error) {
    console.error('analytics-edge: no event can be delivered, the settings given to withAnalytics are wrong:', error)
    return new Analytics({ writeKey: 'none', maxRetries: 0, httpClient: () => Promise.reject(error) })
  }
}
