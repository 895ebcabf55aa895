import process from 'node:process'
import { serve } from '@hono/node-server'
import { Analytics } from 'analytics-edge'
import { flushOnExit } from 'analytics-edge/node'
import { createApp } from './app.ts'

const { SEGMENT_WRITE_KEY = '', SEGMENT_HOST, HOST = '127.0.0.1', PORT = '3000' } = process.env

const analytics = new Analytics({ writeKey: SEGMENT_WRITE_KEY, host: SEGMENT_HOST })
analytics.on('error', ({ reason, ctx }) => console.error('not delivered', ctx.event.messageId, reason))
flushOnExit(analytics)

const app = createApp((c, next) => {
  // A server is not frozen, and `c.executionCtx` does not exist here: `flushOnExit` sends pending events when a
  // signal stops the process.
  const scope = analytics.scope({ waitUntil: () => {} })
  c.set('analytics', scope)
  return scope.run(next)
})

const server = serve({ fetch: app.fetch, port: Number(PORT), hostname: HOST }, ({ address, port }) =>
  console.log(`listening on http://${address}:${port}`),
)

// The server answers the requests in progress; then the process runs dry, and `flushOnExit` sends pending events.
const stop = () => server.close()
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
