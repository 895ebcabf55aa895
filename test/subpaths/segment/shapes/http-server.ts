// A handler in try/catch that awaits calls, as many services do.

import { Analytics } from 'SDK'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'

const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
const server = createServer(async (_request, response) => {
  try {
    await analytics.identify({ userId: 'u1' })
    await analytics.track({ userId: 'u1', event: 'Visited' }, undefined)
    response.end('hi')
  } catch (error) {
    response.end(String(error))
  }
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  get({ port, host: '127.0.0.1', agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (text) => console.log(text))
    response.on('end', () => server.close(() => void analytics.closeAndFlush()))
  })
})
