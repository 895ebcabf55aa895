import { Analytics, type AnalyticsSettings, type AnyCalls, type IdentityOptions } from '../../src/index.ts'
import { captureAnalytics } from './capture-analytics.ts'
import type { EventCapture } from './types.ts'

/** A client, and what it tracks. */
export interface TestAnalytics<Calls extends AnyCalls = AnyCalls> extends EventCapture {
  readonly analytics: Analytics<IdentityOptions, Calls>
}

/**
 * A client that reaches no network, and a capture of it. It retries after a millisecond.
 *
 * @param settings beside those that a test has no use for: a plan, `invalidEvents`, `maxRetries`
 */
export function createTestAnalytics<Calls extends AnyCalls = AnyCalls>(
  settings: Partial<AnalyticsSettings<Calls>> = {},
): TestAnalytics<Calls> {
  const analytics = new Analytics<IdentityOptions, Calls>({
    writeKey: 'test',
    minRetryDelay: 1,
    maxRetryDelay: 1,
    ...settings,
  })
  return { analytics, ...captureAnalytics(analytics) }
}
