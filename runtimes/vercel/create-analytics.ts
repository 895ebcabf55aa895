import type {
  AnalyticsSettings,
  AnyCalls,
  Analytics as Client,
  IdentityOptions,
  OptionalIdentity,
  ScopeOptions,
} from '../../src/index.ts'
import { RequestAnalytics } from './request-analytics.ts'
import type { After } from './types.ts'

/**
 * The class that users see, with the constructor of every client.
 * @param after Next's, if available
 */
export function createAnalytics(after?: After): typeof Client {
  return class Analytics<
    Identity extends OptionalIdentity = IdentityOptions,
    Calls extends AnyCalls = AnyCalls,
  > extends RequestAnalytics<Identity, Calls> {
    constructor(settings: AnalyticsSettings<Calls>, options?: ScopeOptions) {
      super(settings, options, after)
    }
  }
}
