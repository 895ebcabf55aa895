import { settings } from './settings.mjs'

/** Wraps in the first invocation: too late for an extension. */
let wrapped
export const handler = async (event, context) => {
  const { withAnalytics } = await import('analytics-edge/lambda')
  const track = async ({ id }, _context, analytics) => {
    analytics.track({ userId: id, event: 'Lazy', messageId: id })
    return { id }
  }
  wrapped ??= withAnalytics(settings, track, { flush: 'after-response' })
  return wrapped(event, context)
}
