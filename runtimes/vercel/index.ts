import type { Analytics as Client } from '../../src/index.ts'
import { createAnalytics } from './create-analytics.ts'
import { createWithAnalytics } from './create-with-analytics.ts'
import type { WithAnalytics } from './types.ts'

export type { Scope } from '../../src/index.ts'
export type { VercelOptions, VercelRequest, WithAnalytics, WrappedHandler } from './types.ts'

/** {@inheritDoc WithAnalytics} */
export const withAnalytics: WithAnalytics = createWithAnalytics()

/**
 * A client for module scope whose calls are bound to their request: in a helper, a server component, an action, a route or a proxy,
 * with or without the wrapper. Outside of requests, it works like the client of `analytics-edge`.
 *
 * @example
 * import { Analytics } from 'analytics-edge/vercel'
 *
 * export const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
 */
export const Analytics: typeof Client = /* @__PURE__ */ createAnalytics()
export type Analytics = Client
