import { fromRequest } from 'analytics-edge/request'
import { withAnalytics } from 'analytics-edge/workers'
import { app } from './app.ts'
import { plan } from './plan.ts'

export interface Env {
  SEGMENT_WRITE_KEY: string
  /** Base URL of the Tracking API; without one it is Segment's. */
  SEGMENT_HOST?: string
}

export default withAnalytics(
  (env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY, host: env.SEGMENT_HOST, plan }),
  { fetch: (request, env, ctx, analytics) => app.fetch(request, { ...env, analytics }, ctx) },
  { identify: (request) => fromRequest(request), setCookie: true },
)
