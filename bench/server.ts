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
  /** Answers nothing until it is asked for `/release`, then everything, until the next report. */
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

let isReleased = false
let pending: (() => void)[] = []

function hang(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/release') {
    isReleased = true
    for (const release of pending) release()
    pending = []
    response.end()
  } else if (isReleased) {
    answer(request, response)
  } else {
    pending.push(() => answer(request, response))
  }
}

function countEvents(body: Buffer): number {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b
  const { batch } = JSON.parse(String(isGzip ? gunzipSync(body) : body))
  return batch.length
}

/** A request without events, by which a process has warmed up, counts for nothing. */
function report(): ServerReport {
  const received = bodies.map((body) => ({ eventCount: countEvents(body), byteCount: body.length }))
  bodies = []
  isReleased = false
  pending = []
  const counted = received.filter(({ eventCount }) => eventCount > 0)
  const sum = (name: 'eventCount' | 'byteCount') => counted.reduce((total, request) => total + request[name], 0)
  return { requestCount: counted.length, eventCount: sum('eventCount'), byteCount: sum('byteCount') }
}

async function listen(onRequest: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer({ keepAliveTimeout: 60_000 }, onRequest)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return `http://127.0.0.1:${address.port}`
}

const address: ServerAddress = { url: await listen(answer), hangingUrl: await listen(hang) }
process.on('message', () => process.send?.(report()))
process.on('disconnect', () => process.exit())
process.send?.(address)
