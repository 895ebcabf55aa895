import { Analytics, type AnalyticsSettings, type AnyCalls, type IdentityOptions } from '../../src/index.ts'
import { captureAnalytics } from './capture-analytics.ts'
import type { EventCapture } from './types.ts'

/** A client, and a capture of its events. */
export interface TestAnalytics<Calls extends AnyCalls = AnyCalls> extends EventCapture {
  readonly analytics: Analytics<IdentityOptions, Calls>
}

/**
 * Creates a client that never reaches the network, and captures its events. It retries after a millisecond.
 *
 * @param settings the settings that matter to the test: `plan`, `invalidEvents`, `maxRetries`
 * @throws ValidationError for a wrong setting
 * @example
 * import { assertTracked, createTestAnalytics } from 'analytics-edge/testing'
 *
 * const { analytics, ...capture } = createTestAnalytics()
 * analytics.track({ userId: '019mr8mf4r', event: 'Order Placed' })
 * assertTracked(capture, 'Order Placed')
 */
export function createTestAnalytics<Calls extends AnyCalls = AnyCalls>(
  settings: Partial<AnalyticsSettings<Calls>> = {},
): TestAnalytics<Calls> {
  const analytics = new Analytics<IdentityOptions, Calls>({
    writeKey: 'test',
    minRetryDelay: 1,
    maxRetryDelay: settings.minRetryDelay ?? 1,
    ...settings,
  })
  return { analytics, ...captureAnalytics(analytics) }
}
