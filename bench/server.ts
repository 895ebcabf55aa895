import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'

// The Tracking API of the benchmarks, a process of its own: it reads, answers 200 and keeps what came, to be counted when asked.

export interface ServerReport {
  requestCount: number
  eventCount: number
  byteCount: number
}

export interface ServerAddress {
  /** Answers at once. */
  url: string
  /** Never answers. */
  hangingUrl: string
}

let bodies: Buffer[] = []

function receive(request: IncomingMessage, onBody: () => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    bodies.push(Buffer.concat(chunks))
    onBody()
  })
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  receive(request, () => {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end('{"success":true}')
  })
}

function countEvents(body: Buffer): number {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b
  const { batch } = JSON.parse(String(isGzip ? gunzipSync(body) : body))
  return batch.length
}

function report(): ServerReport {
  const received = bodies
  bodies = []
  const sum = (count: (body: Buffer) => number) => received.reduce((total, body) => total + count(body), 0)
  return { requestCount: received.length, eventCount: sum(countEvents), byteCount: sum(({ length }) => length) }
}

async function listen(onRequest: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer({ keepAliveTimeout: 60_000 }, onRequest)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return `http://127.0.0.1:${address.port}`
}

const address: ServerAddress = { url: await listen(answer), hangingUrl: await listen((request) => request.resume()) }
process.on('message', () => process.send?.(report()))
process.on('disconnect', () => process.exit())
process.send?.(address)
