import { createClientLookup } from 'analytics-edge/kit'
import { createApp } from './app.ts'

/**
 * One client for the isolate: it shares values with its scopes, never promises, so requests do not meet in it. A secret that is
 * missing fails the events, with a line in the log, and not the site.
 */
const findClient = createClientLookup((env: { SEGMENT_WRITE_KEY: string; SEGMENT_HOST?: string }) => ({
  writeKey: env.SEGMENT_WRITE_KEY,
  host: env.SEGMENT_HOST,
}))

export default createApp((c, next) => {
  // A function that calls the method on its object, as workerd requires.
  const scope = findClient(c.env).scope({ waitUntil: (promise) => c.executionCtx.waitUntil(promise) })
  c.set('analytics', scope)
  // The events are sent together when the handlers have finished, and the response does not wait for them.
  return scope.run(next)
})
