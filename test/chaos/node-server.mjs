// A web server that tracks five events in each request, in two ways, and keeps a journal of what becomes of them.

import { openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { Analytics } from '../../dist/index.js'
import { flushOnExit } from '../../dist/node.js'

const [host, journalPath] = process.argv.slice(2)
const journal = openSync(journalPath, 'a')
const note = (line) => writeSync(journal, `${line}\n`)

const analytics = new Analytics({ writeKey: 'chaos', host, httpRequestTimeout: 1_500, flushInterval: 100 })
for (const type of ['track', 'page']) analytics.on(type, (ctx) => note(`delivered ${ctx.id}`))
analytics.on('error', ({ reason, ctx }) => note(`failed ${ctx.id} ${reason.code}`))
const refused = new Set()
analytics.on('call_after_close', ({ messageId }) => refused.add(messageId))
flushOnExit(analytics, { timeout: 25_000 })

/** Journals a call as accepted, unless it came after the close. */
const call = (delivery, messageId) => {
  if (!refused.delete(messageId)) note(`accepted ${messageId}`)
  return delivery
}

const server = createServer(async (request, response) => {
  const name = request.url.slice(1)
  const ids = [1, 2, 3, 4, 5].map((index) => `${name}-${index}`)
  for (const messageId of ids.slice(0, 3)) {
    call(analytics.track({ userId: 'u', event: 'E', messageId }), messageId)
  }
  // Two of them in a scope, awaited before the response.
  const scope = analytics.scope({ userId: 'u', timeout: 20_000 })
  await Promise.all(ids.slice(3).map((messageId) => call(scope.page({ name: 'P', messageId }), messageId)))
  response.end('ok')
})
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }))
process.channel.unref()
