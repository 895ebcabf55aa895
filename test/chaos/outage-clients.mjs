// Clients with the default settings, one event each, tracked when the parent says so; a journal on stdout.

import { Analytics } from '../../dist/index.js'

const [host, count] = process.argv.slice(2)
const clients = Array.from({ length: Number(count) }, () => new Analytics({ writeKey: 'chaos', host }))

process.once('message', async () => {
  const calls = clients.map((client, index) => {
    const messageId = `n${index}`
    console.log(`accepted ${messageId}`)
    return client.track({ userId: 'u', event: 'E', messageId })
  })
  for (const { messageId, status, error } of await Promise.all(calls)) {
    console.log(`${status} ${messageId} ${error?.code ?? ''}`)
  }
  process.disconnect()
})
process.send('ready')
