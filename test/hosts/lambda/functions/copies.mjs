// Two copies of the package: the file's own, and that of a library in CommonJS.
import { createRequire } from 'node:module'
import middy from '@middy/core'
import { withAnalytics } from 'analytics-edge/lambda'
import { act } from './act.mjs'
import { settings } from './settings.mjs'

const library = createRequire(import.meta.url)('analytics-edge/lambda')
const track = (event, _context, analytics) => act(event, analytics)
const after = withAnalytics(settings, track, { flush: 'after-response' })
const before = library.withAnalytics(settings, track)
const otherAfter = library.withAnalytics(settings, track, { flush: 'after-response' })
const withMiddy = middy()
  .use(library.analyticsMiddleware(settings))
  .handler((event, context) => act(event, context.analytics))
const nested = withAnalytics(settings, (event, context) => withMiddy(event, context), { flush: 'after-response' })

const handlers = { after, before, otherAfter, nested }
export const handler = (event, context) => handlers[event.by](event, context)
