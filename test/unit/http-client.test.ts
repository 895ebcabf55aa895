import { describe, expect, it, vi } from 'vitest'
import {
  DeliveryError,
  FetchHTTPClient,
  type HTTPClient,
  type HTTPClientRequest,
  type HTTPFetchFn,
  type HTTPResponse,
} from '../../src/index.ts'
import { answers, createClient, openCollector, receivedNames, within } from './support.ts'

const collector = await openCollector()

const A = { userId: 'u1', event: 'A', messageId: 'm-1' }

describe('an HTTP client', () => {
  it('may be a fetch-like function', async () => {
    const httpClient = vi.fn<HTTPFetchFn>((url, init) => fetch(url, init))
    await createClient(collector, { httpClient }).track(A)
    expect(httpClient).toHaveBeenCalledTimes(1)
    const [url, init] = httpClient.mock.calls[0] ?? []
    expect(url).toBe(`${collector.url}/v1/batch`)
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual', signal: expect.any(AbortSignal) })
    expect(JSON.parse(init?.body ?? '')).toMatchObject({ batch: [{ messageId: 'm-1' }] })
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('that is a function is called without a this, as some runtimes need it', async () => {
    const seen: unknown[] = []
    const httpClient = function (this: unknown, ...args: Parameters<HTTPFetchFn>) {
      seen.push(this)
      return fetch(...args)
    }
    await createClient(collector, { httpClient }).track(A)
    expect(seen).toEqual([undefined])
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('may extend FetchHTTPClient, as the spec shows', async () => {
    class MyClient extends FetchHTTPClient {
      override async makeRequest(options: HTTPClientRequest) {
        return super.makeRequest({ ...options, headers: { ...options.headers, foo: 'bar' } })
      }
    }
    await createClient(collector, { httpClient: new MyClient() }).track(A)
    expect(collector.requests()[0]?.headers).toMatchObject({ foo: 'bar', authorization: 'Basic' })
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('may be any object with makeRequest, which is called as its method', async () => {
    class CustomClient implements HTTPClient {
      readonly requests: HTTPClientRequest[] = []
      async makeRequest(request: HTTPClientRequest): Promise<HTTPResponse> {
        this.requests.push(request)
        const { url, method, headers, body } = request
        const { status, statusText } = await fetch(url, { method, headers, body })
        return { status, statusText }
      }
    }
    const httpClient = new CustomClient()
    const context = await createClient(collector, { httpClient, httpRequestTimeout: 5000 }).track(A)
    expect(context.failedDelivery()).toBeUndefined()
    expect(httpClient.requests[0]).toMatchObject({ method: 'POST', httpRequestTimeout: 5000 })
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('is the global fetch of the moment by default, called without a this', async () => {
    const original = globalThis.fetch
    const seen: unknown[] = []
    const client = createClient(collector)
    globalThis.fetch = function (this: unknown, ...args: Parameters<typeof fetch>) {
      seen.push(this)
      return original(...args)
    }
    try {
      await client.track(A)
    } finally {
      globalThis.fetch = original
    }
    expect(seen).toEqual([undefined])
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it.each([200, 503])(
    'has the body of a %i read to its end, so that the connection can be used again',
    async (status) => {
      collector.fail({ status, times: 1 })
      const bodies: string[] = []
      const httpClient: HTTPFetchFn = async (url, init) => {
        const response = await fetch(url, init)
        const text = async () => {
          const body = await response.text()
          bodies.push(body)
          return body
        }
        return { status: response.status, statusText: response.statusText, headers: response.headers, text }
      }
      await createClient(collector, { httpClient }).track(A)
      expect(bodies).toHaveLength(status === 200 ? 1 : 2)
      expect(bodies.at(-1)).toBe('{"success":true}')
    },
  )
})

describe('an HTTP client that misbehaves', () => {
  const boom = new Error('boom')
  it.each<[string, () => unknown, object]>([
    [
      'throws',
      () => {
        throw boom
      },
      { code: 'ERR_NETWORK', cause: boom },
    ],
    ['rejects', () => Promise.reject(boom), { code: 'ERR_NETWORK', cause: boom }],
    ['rejects with nothing', () => Promise.reject(), { code: 'ERR_NETWORK' }],
    ['answers undefined', () => Promise.resolve(undefined), { code: 'ERR_BAD_RESPONSE' }],
    ['answers a string', () => Promise.resolve('OK'), { code: 'ERR_BAD_RESPONSE' }],
    ['answers without a promise', () => undefined, { code: 'ERR_BAD_RESPONSE' }],
    ['answers without a status', () => Promise.resolve({ ok: true }), { code: 'ERR_BAD_RESPONSE' }],
    ['answers a status that is a string', () => Promise.resolve({ status: '200' }), { code: 'ERR_BAD_RESPONSE' }],
  ])('and %s makes its events fail with a typed reason, after the retries', async (_, misbehave, expected) => {
    const makeRequest = vi.fn(misbehave)
    // A cast, since no type would let such a client pass.
    const httpClient = { makeRequest } as unknown as HTTPClient
    const client = createClient(collector, { httpClient, maxRetries: 1 })
    const reason = (await client.track(A)).failedDelivery()?.reason
    expect(reason).toBeInstanceOf(DeliveryError)
    expect(reason).toMatchObject(expected)
    expect(makeRequest).toHaveBeenCalledTimes(2)
    expect(collector.requests()).toEqual([])
  })

  it.each<[string, Partial<HTTPResponse>]>([
    ['no statusText', { headers: {} }],
    ['headers that are null', { headers: null as never }],
    ['headers as a list of pairs', { headers: [['content-type', 'text/plain']] as never }],
    ['a text that is no function', { text: 'OK' as never }],
    ['a text that throws', { text: () => Promise.reject(boom) }],
  ])('in the rest of a 200 (%s) has delivered all the same, once', async (_, rest) => {
    const httpClient = vi.fn<HTTPFetchFn>(async (url, init) => {
      const { status } = await fetch(url, init)
      // A cast, since the missing parts are the subject.
      return { status, ...rest } as HTTPResponse
    })
    const context = await createClient(collector, { httpClient }).track(A)
    expect(context.failedDelivery()).toBeUndefined()
    expect(httpClient).toHaveBeenCalledTimes(1)
    expect(receivedNames(collector)).toEqual(['A'])
  })
})

describe('httpRequestTimeout', () => {
  it('covers a server that never answers', async () => {
    collector.fail({ hang: true })
    const client = createClient(collector, { httpRequestTimeout: 100, maxRetries: 0 })
    const context = await client.track(A)
    expect(context.failedDelivery()?.reason).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(answers(collector)).toEqual(['hang'])
    await vi.waitUntil(() => collector.requests()[0]?.durationMs !== undefined, { timeout: 5000 })
  })

  it('covers a client that never answers and ignores its signal', async () => {
    const httpClient = () => new Promise<HTTPResponse>(() => {})
    const context = await within(
      5000,
      createClient(collector, { httpClient, httpRequestTimeout: 100, maxRetries: 0 }).track(A),
    )
    expect(context).toHaveProperty('event.event', 'A')
    if (context !== 'still pending') expect(context.failedDelivery()?.reason).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('covers a body that hangs: the status holds, a 200 is delivered and not sent again', async () => {
    collector.fail({ hangBody: true })
    const context = await within(5000, createClient(collector, { httpRequestTimeout: 200 }).track(A))
    if (context === 'still pending') throw new Error(context)
    expect(context.failedDelivery()).toBeUndefined()
    expect(answers(collector)).toEqual([200])
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('covers a body that hangs: a 503 is tried again', async () => {
    collector.fail({ hangBody: true, status: 503, times: 1 })
    const context = await createClient(collector, { httpRequestTimeout: 200 }).track(A)
    expect(context.failedDelivery()).toBeUndefined()
    expect(answers(collector)).toEqual([503, 200])
  })

  it('is each attempt’s own: a retry after it can succeed', async () => {
    collector.fail({ hang: true, times: 1 })
    const context = await createClient(collector, { httpRequestTimeout: 150 }).track(A)
    expect(context.failedDelivery()).toBeUndefined()
    expect(context.attempts).toBe(2)
    expect(collector.requests().map(({ retryCount }) => retryCount)).toEqual([0, 1])
  })
})
