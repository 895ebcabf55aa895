import { type Analytics, toTolerantClient } from 'analytics-edge'
import { createApp } from './app.ts'

/** One for the isolate: it shares values with its scopes, never promises, so requests do not meet in it. */
let analytics: Analytics | undefined

export default createApp((c, next) => {
  // A secret that is missing fails the events, with a line in the log, and not the site.
  analytics ??= toTolerantClient(() => ({ writeKey: c.env.SEGMENT_WRITE_KEY, host: c.env.SEGMENT_HOST }))
  // A function around the method: workerd wants it called on its object.
  const scope = analytics.scope({ waitUntil: (promise) => c.executionCtx.waitUntil(promise) })
  c.set('analytics', scope)
  // The events travel together when the handlers have ended, and the response waits for none of it.
  return scope.run(next)
})
