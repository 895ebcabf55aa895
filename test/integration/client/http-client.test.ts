import { describe, expect, it, vi } from 'vitest'
import {
  FetchHTTPClient,
  type HTTPClient,
  type HTTPClientRequest,
  type HTTPFetchFn,
  type HTTPResponse,
} from '../../../src/index.ts'
import { createClient, openCollector, receivedNames } from '../../support/client.ts'

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

  it('that is a function is called without this, as some runtimes require', async () => {
    const seen: unknown[] = []
    const httpClient = function (this: unknown, ...args: Parameters<HTTPFetchFn>) {
      seen.push(this)
      return fetch(...args)
    }
    await createClient(collector, { httpClient }).track(A)
    expect(seen).toEqual([undefined])
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('may extend FetchHTTPClient, as in the spec', async () => {
    class MyClient extends FetchHTTPClient {
      override async makeRequest(options: HTTPClientRequest) {
        return super.makeRequest({ ...options, headers: { ...options.headers, foo: 'bar' } })
      }
    }
    await createClient(collector, { httpClient: new MyClient() }).track(A)
    expect(collector.requests()[0]?.headers).toMatchObject({ foo: 'bar', authorization: 'Basic' })
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('may be any object with makeRequest, which is called as a method', async () => {
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
    const outcome = await createClient(collector, { httpClient, httpRequestTimeout: 5000 }).track(A)
    expect(outcome.status).toBe('delivered')
    expect(httpClient.requests[0]).toMatchObject({ method: 'POST', httpRequestTimeout: 5000 })
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('defaults to the current global fetch, called without this', async () => {
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

  it.each([200, 503])('has the body of a %i read to its end, so that the connection can be reused', async (status) => {
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
  })
})
