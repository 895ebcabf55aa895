import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, onTestFinished, vi } from 'vitest'
import type { Collector } from '../../collector/index.ts'
import type { HTTPFetchFn, HTTPResponse, OAuthSettings } from '../../src/index.ts'

/** Milliseconds between a request and the one before it, as the collector got them. */
export function gapsMs(collector: Collector): number[] {
  const times = collector.requests().map(({ at }) => Date.parse(at))
  return times.slice(1).map((atMs, index) => atMs - Number(times[index]))
}

/** Every jitter is nearly its most, so that a back-off takes what it may take. */
export function useFullJitter(): void {
  vi.spyOn(Math, 'random').mockReturnValue(0.999)
}

/** What a request's body holds of each event. */
export type SentEvent = Record<string, unknown> & { event: string; messageId: string }

/**
 * A Tracking API that looks at the events: it answers with the status that `reject` gives, if it does, and is the collector otherwise.
 * `batches` are the names of the events in each request, in the order in which they came.
 */
export function createPickyFetch(reject: (events: SentEvent[]) => number | undefined): {
  httpClient: HTTPFetchFn
  batches: string[][]
} {
  const batches: string[][] = []
  const httpClient = async (...[url, init]: Parameters<HTTPFetchFn>): Promise<HTTPResponse> => {
    // The cast: the SDK has just written this body, and other tests hold it to its shape.
    const { batch } = JSON.parse(init.body) as { batch: SentEvent[] }
    batches.push(batch.map(({ event }) => event))
    const status = reject(batch)
    return status === undefined ? fetch(url, init) : { status, statusText: 'Rejected' }
  }
  return { httpClient, batches }
}

/** A request as a server of one's own sees it; a token request has no events. */
export interface TestRequest {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly events: SentEvent[]
}

export interface TestServer {
  readonly url: string
  readonly requests: TestRequest[]
  /** Events of all requests, whatever the response was. */
  names(): string[]
  /** Refuses connections from now on, and cuts those that are open. */
  close(): Promise<void>
  /** Takes connections again, on the same port. */
  open(): Promise<void>
}

type Respond = (request: TestRequest, response: ServerResponse) => unknown

const accept: Respond = (_, response) => response.end('{}')

/**
 * A server with real sockets that responds as the test says; by default, it accepts everything. It is closed after the test; one
 * of several that run at once has to pass its own `onFinished`.
 */
export async function startServer(
  respond = accept,
  onFinished: (close: () => Promise<void>) => void = onTestFinished,
): Promise<TestServer> {
  const requests: TestRequest[] = []
  const server = createServer(async (incoming, response) => {
    const body = await text(incoming)
    const { url = '', headers } = incoming
    const request = { url, headers, body, events: readEvents(body) }
    requests.push(request)
    await respond(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has an AddressInfo; a string is for pipes.
  const { port } = server.address() as AddressInfo
  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  onFinished(close)
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    names: () => requests.flatMap(({ events }) => events.map(({ event }) => event)),
    close,
    async open() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
  }
}

/** One server for a whole test file: after each test it forgets its requests, and accepts everything again. */
export async function openServer(): Promise<TestServer & { answer(respond: Respond): void }> {
  let current = accept
  const server = await startServer((request, response) => current(request, response), afterAll)
  afterEach(() => {
    server.requests.length = 0
    current = accept
  })
  return {
    ...server,
    answer(respond) {
      current = respond
    },
  }
}

function readEvents(body: string): SentEvent[] {
  // The cast: what the SDK writes is the subject of other tests.
  return body.startsWith('{') ? (JSON.parse(body) as { batch: SentEvent[] }).batch : []
}

/** Settings of an OAuth app whose token server answers as the test has it. */
export function createOAuthSettings(authServer: string): OAuthSettings {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const clientKey = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return { clientId: 'client_1', keyId: 'key_1', clientKey, authServer }
}

/** Notes what is rejected without anybody to handle it, for the whole of a test file; `take` waits for Node to report it. */
export function watchUnhandled(): { take(): Promise<unknown[]>; stop(): void } {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  return {
    async take() {
      // Node reports a rejection at the end of the turn.
      await new Promise((resolve) => setTimeout(resolve, 5))
      return unhandled.splice(0)
    },
    stop: () => void process.off('unhandledRejection', note),
  }
}
