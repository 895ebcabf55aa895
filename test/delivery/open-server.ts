import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach } from 'vitest'
import type { SentEvent } from './support.ts'

export interface ServerRequest {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The events in it, if it is a batch. */
  readonly events: readonly SentEvent[]
  /** When it had arrived, by the monotonic clock. */
  readonly atMs: number
}

export type Answerer = (request: ServerRequest, response: ServerResponse) => void

const accept: Answerer = (_, response) => void response.end('{"success":true}')

export interface TestServer {
  readonly url: string
  readonly port: number
  readonly requests: ServerRequest[]
  /** Has it answer so until the end of the test; it accepts everything otherwise. */
  answer(answerer: Answerer): void
  /** The names of all events that it got, in order. */
  names(): string[]
}

/** A server for a whole test file that answers as a test says, also with what no well-behaved server would send. */
export async function openServer(): Promise<TestServer> {
  let answerer = accept
  const requests: ServerRequest[] = []
  const server = createServer(async (incoming, response) => {
    // Who hangs up while it is read, or before it is answered, is no error of the server's.
    response.on('error', () => {})
    const body = await text(incoming).catch(() => '')
    const { url = '', headers } = incoming
    const request = { url, headers, body, events: readEvents(body), atMs: performance.now() }
    requests.push(request)
    answerer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A cast: a server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo
  afterEach(() => {
    requests.length = 0
    answerer = accept
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    answer: (next) => {
      answerer = next
    },
    names: () => requests.flatMap(({ events }) => events.map(({ event }) => event)),
  }
}

/** Answers a request for a token, and leaves the batches to the other answerer. */
export function withTokens(accessToken: string, answerBatch: Answerer = accept): Answerer {
  return (request, response) => {
    if (request.url === '/token') response.end(JSON.stringify({ access_token: accessToken, expires_in: 3600 }))
    else answerBatch(request, response)
  }
}

function readEvents(body: string): SentEvent[] {
  try {
    // A cast: the SDK wrote it, and other tests hold it to its shape.
    return (JSON.parse(body) as { batch?: SentEvent[] }).batch ?? []
  } catch {
    return []
  }
}
