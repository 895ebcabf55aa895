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

/** The class as users see it, whose constructor is that of every client. @param after Next's, where there is one */
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
