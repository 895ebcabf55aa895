import {
  Analytics,
  type AnalyticsSettings,
  type AnyCalls,
  type HTTPClient,
  type IdentityOptions,
  ValidationError,
} from '../../src/index.ts'
import { isPlainObject } from '../../src/kit/index.ts'
import { captureAnalytics } from './capture-analytics.ts'
import type { EventCapture } from './types.ts'

/** A client, and a capture of its events. */
export interface TestAnalytics<Calls extends AnyCalls = AnyCalls> extends EventCapture {
  readonly analytics: Analytics<IdentityOptions, Calls>
}

const RESTORED = 'a client of createTestAnalytics() sends nothing after restore()'

/**
 * Answers what no capture does. With 501, the events fail at once: nothing is retried, and no clock is needed.
 */
const failing: HTTPClient = { makeRequest: async () => ({ status: 501, statusText: RESTORED }) }

/**
 * Creates a client that never reaches the network, and captures its events. It retries after a millisecond. After `restore()`, the events
 * of further calls fail with `ERR_HTTP_STATUS` and a message that says so.
 *
 * @param settings the settings that matter to the test: `plan`, `invalidEvents`, `maxRetries`. `httpClient` is never called
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
  if (!isPlainObject(settings))
    throw new ValidationError('settings', 'must be an object, for example { maxRetries: 0 }')
  const { writeKey = 'test', minRetryDelay = 1, maxRetryDelay = minRetryDelay, oauthSettings, handOver } = settings
  let isRestored = false
  const analytics = new Analytics<IdentityOptions, Calls>({
    // Of no importance to a capture; calls after it end soon.
    flushInterval: 1,
    ...settings,
    writeKey,
    minRetryDelay,
    maxRetryDelay,
    httpClient: failing,
    // What is not an object is left to the client's own check.
    ...(isPlainObject(oauthSettings) && { oauthSettings: { ...oauthSettings, httpClient: failing } }),
    ...(isPlainObject(handOver) && { handOver: guard(handOver, () => isRestored) }),
  })
  const capture = captureAnalytics(analytics)
  // So that the answers of an earlier capture of all clients do not apply.
  capture.respond()
  const { restore } = capture
  return Object.assign(capture, {
    analytics,
    restore() {
      isRestored = true
      restore()
    },
  })
}

/** Keeps events from a queue after `restore()`. */
function guard(
  handOver: NonNullable<AnalyticsSettings['handOver']>,
  isRestored: () => boolean,
): NonNullable<AnalyticsSettings['handOver']> {
  const { to } = handOver
  if (typeof to?.put !== 'function') return handOver
  return {
    ...handOver,
    to: {
      put(...args) {
        if (isRestored()) throw new Error(RESTORED)
        return to.put(...args)
      },
    },
  }
}
