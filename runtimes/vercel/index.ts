import type { Analytics as Client } from '../../src/index.ts'
import { createAnalytics } from './create-analytics.ts'
import { createWithAnalytics } from './create-with-analytics.ts'

export type { Scope } from '../../src/index.ts'
export type { VercelOptions, VercelRequest, WithAnalytics, WrappedHandler } from './types.ts'

export const withAnalytics = createWithAnalytics()

/**
 * A client for module scope, whose calls are bound to the request that they are made in: by a helper, a server component, an action,
 * a route or a proxy, with and without the wrapper. Outside of requests it is as the client of `analytics-edge`.
 *
 * @example
 * export const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
 */
export const Analytics: typeof Client = /* @__PURE__ */ createAnalytics()
export type Analytics = Client
