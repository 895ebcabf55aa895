// `analytics-edge/vercel` in Next's Node bundles, by the `react-server` condition in the package's exports: the same,
// with Next's `after`, which is the only way to continue after a response there.

// A namespace import, because Next before 15.1 lacks `after`. With the file extension, because Node itself may resolve
// it.
import * as server from 'next/server.js'
import type { Analytics as Client } from '../../src/index.ts'
import { createAnalytics } from './create-analytics.ts'
import { createWithAnalytics } from './create-with-analytics.ts'

export type { Scope } from '../../src/index.ts'
export type { VercelOptions, VercelRequest, WithAnalytics, WrappedHandler } from './types.ts'

export const withAnalytics = createWithAnalytics(server.after)

/** A client for module scope whose calls are bound to their request. */
export const Analytics: typeof Client = /* @__PURE__ */ createAnalytics(server.after)
export type Analytics = Client
