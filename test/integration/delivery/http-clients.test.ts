import axios, { type AxiosError } from 'axios'
import { describe, expect, it, vi } from 'vitest'
import { FetchHTTPClient, type HTTPClient, type HTTPClientRequest, type HTTPResponse } from '../../../src/index.ts'
import { createClient, recordErrors } from '../../support/client.ts'
import { startServer } from '../../support/retries.ts'

const A = { userId: 'u1', event: 'A' }

/** As the specification has it: axios rejects for each status that is no success. */
const viaAxios: HTTPClient = {
  makeRequest: (request) =>
    axios({
      url: request.url,
      method: request.method,
      headers: request.headers,
      data: request.data,
      timeout: request.httpRequestTimeout,
    }),
}

const viaFetch: HTTPClient = new FetchHTTPClient()

describe.each<[string, HTTPClient]>([
  ['fetch', viaFetch],
  ['axios, which throws for a status', viaAxios],
])('with %s', (_, httpClient) => {
  it('waits as long as a 429 asks, and does not count it as a retry', async () => {
    const startedMs = performance.now()
    const server = await startServer((_, response) => {
      if (performance.now() - startedMs < 900) response.writeHead(429, { 'Retry-After': '1' })
      response.end('{}')
    })
    const outcome = await createClient(server, { httpClient, maxRetries: 0 }).track(A)
    expect(outcome).toMatchObject({ status: 'delivered', attempts: 2 })
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(980)
  })

  it('fails only the rejected one of five events on a 400', async () => {
    const server = await startServer(({ events }, response) => {
      response.writeHead(events.some(({ event }) => event === 'bad') ? 400 : 200).end('{}')
    })
    const client = createClient(server, { httpClient })
    const errors = recordErrors(client)
    for (const event of ['a', 'b', 'bad', 'c', 'd']) client.track({ userId: 'u1', event })
    expect(await client.flush()).toEqual({ delivered: 4, failed: 1 })
    expect(errors).toMatchObject([
      { reason: { code: 'ERR_HTTP_STATUS', status: 400 }, ctx: { event: { event: 'bad' } } },
    ])
  })

  it("fails at once on a 401, in the server's words", async () => {
    const server = await startServer((_, response) => response.writeHead(401, 'No Such Key').end('{"message":"who?"}'))
    const client = createClient(server, { httpClient })
    const errors = recordErrors(client)
    const { error } = await client.track(A)
    expect(error).toEqual({ code: 'ERR_HTTP_STATUS', message: '[401] No Such Key', status: 401 })
    expect(errors).toMatchObject([{ reason: { answer: '{"message":"who?"}' } }])
    expect(server.requests).toHaveLength(1)
  })

  it('retries a 503', async () => {
    const server = await startServer((_, response) => {
      response.writeHead(server.requests.length === 1 ? 503 : 200).end('{}')
    })
    expect(await createClient(server, { httpClient }).track(A)).toMatchObject({ status: 'delivered', attempts: 2 })
  })

  it('retries a reset connection, and reports a network error in the end', async () => {
    const server = await startServer((_, response) => response.destroy())
    const { error, attempts } = await createClient(server, { httpClient, maxRetries: 1, minRetryDelay: 1 }).track(A)
    expect(error?.code).toBe('ERR_NETWORK')
    expect(attempts).toBe(2)
  })
})

describe('a client that throws an error with a response', () => {
  const throwing = (response: unknown): HTTPClient => ({
    // The cast: the shape of an axios error is the subject.
    makeRequest: () => Promise.reject(Object.assign(new Error('boom'), { response }) as AxiosError),
  })

  it.each<[string, unknown, object]>([
    ['whose data is an object', { status: 422, data: { message: 'no' } }, { status: 422, answer: '{"message":"no"}' }],
    ['whose data is text', { status: 422, data: 'no' }, { status: 422, answer: 'no' }],
    ['without data', { status: 422 }, { status: 422, answer: undefined }],
    ['without a status', { data: 'no' }, { code: 'ERR_NETWORK' }],
    ['that is null', null, { code: 'ERR_NETWORK' }],
    ['whose status is text', { status: '422' }, { code: 'ERR_NETWORK' }],
  ])('%s', async (_, response, expected) => {
    const server = await startServer()
    const client = createClient(server, { httpClient: throwing(response), maxRetries: 0 })
    const errors = recordErrors(client)
    await client.track(A)
    expect(errors).toMatchObject([{ reason: expected }])
  })
})

describe('a status that is not an HTTP status', () => {
  it.each([0, 100, 102, 199])('of %i is retried as a network failure', async (status) => {
    const makeRequest = vi.fn<HTTPClient['makeRequest']>(async () => ({ status: 200, statusText: 'OK' }))
    makeRequest.mockResolvedValueOnce({ status, statusText: '' })
    const server = await startServer()
    const outcome = await createClient(server, { httpClient: { makeRequest } }).track(A)
    expect(outcome).toMatchObject({ status: 'delivered', attempts: 2 })
    makeRequest.mockResolvedValue({ status, statusText: '' })
    const { error } = await createClient(server, { httpClient: { makeRequest }, maxRetries: 0 }).track(A)
    expect(error).toMatchObject({ code: 'ERR_NETWORK', message: expect.stringContaining(`status ${status}`) })
  })
})

describe('FetchHTTPClient', () => {
  const REQUEST = { method: 'POST', headers: {}, body: '{}' } as const
  const startSilentServer = () => startServer(() => {})

  it('rejects after httpRequestTimeout without help, and ends the connection', async () => {
    let closed = false
    const server = await startServer((_, response) => void response.on('close', () => (closed = true)))
    const startedMs = performance.now()
    const request = new FetchHTTPClient().makeRequest({ ...REQUEST, url: server.url, httpRequestTimeout: 300 })
    await expect(request).rejects.toMatchObject({ name: 'AbortError' })
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(290)
    expect(performance.now() - startedMs).toBeLessThan(5_000)
    await vi.waitUntil(() => closed, { timeout: 5_000 })
  })

  it('rejects when the signal aborts, or already has', async () => {
    const server = await startSilentServer()
    const controller = new AbortController()
    const request = { ...REQUEST, url: server.url, httpRequestTimeout: 60_000, signal: controller.signal }
    const pending = new FetchHTTPClient().makeRequest(request)
    controller.abort()
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' })
    await expect(new FetchHTTPClient().makeRequest(request)).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('takes a fetch-like function, and returns its response', async () => {
    const response: HTTPResponse = { status: 202, statusText: 'Accepted' }
    const client = new FetchHTTPClient(async () => response)
    expect(await client.makeRequest({ ...REQUEST, url: 'http://unused.test', httpRequestTimeout: 100 })).toBe(response)
  })

  it('leaves no timer behind', async () => {
    const server = await startServer()
    const [set, clear] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')]
    await new FetchHTTPClient().makeRequest({ ...REQUEST, url: server.url, httpRequestTimeout: 123_456 })
    const started = set.mock.results.filter((_, index) => set.mock.calls[index]?.[1] === 123_456)
    const cleared = clear.mock.calls.map(([timer]) => timer)
    vi.restoreAllMocks()
    expect(started).toHaveLength(1)
    expect(cleared).toContain(started[0]?.value)
  })

  it('keeps to a shorter httpRequestTimeout of a subclass', async () => {
    class Short extends FetchHTTPClient {
      override makeRequest(request: HTTPClientRequest): Promise<HTTPResponse> {
        return super.makeRequest({ ...request, httpRequestTimeout: 300 })
      }
    }
    const server = await startSilentServer()
    const startedMs = performance.now()
    const client = createClient(server, { httpClient: new Short(), httpRequestTimeout: 30_000, maxRetries: 0 })
    expect((await client.track(A)).error?.code).toBe('ERR_NETWORK')
    expect(performance.now() - startedMs).toBeLessThan(10_000)
  })

  it('ends its request inside another client that does not pass the signal on', async () => {
    const inner = new FetchHTTPClient()
    const httpClient: HTTPClient = {
      makeRequest: ({ url, method, headers, body, httpRequestTimeout }) =>
        inner.makeRequest({ url, method, headers: { ...headers, 'X-Team': 'growth' }, body, httpRequestTimeout }),
    }
    let closed = false
    const server = await startServer((_, response) => void response.on('close', () => (closed = true)))
    const client = createClient(server, { httpClient, httpRequestTimeout: 300, maxRetries: 0 })
    expect((await client.track(A)).status).toBe('failed')
    await vi.waitUntil(() => closed, { timeout: 5_000 })
    expect(server.requests[0]?.headers).toMatchObject({ 'x-team': 'growth' })
  })
})
