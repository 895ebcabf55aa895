import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { DeliveryError, type HTTPClient, type HTTPFetchFn, type HTTPResponse } from '../../../src/index.ts'
import { answers, createClient, openCollector, reasonOf, receivedNames, rest, trackMany } from '../../support/client.ts'

const collector = await openCollector()

const A = { userId: 'u1', event: 'A' }
const boom = new Error('boom')

const thrower = (): never => {
  throw boom
}

const unhandled: unknown[] = []
const noteUnhandled = (reason: unknown) => unhandled.push(reason)
process.on('unhandledRejection', noteUnhandled)
afterAll(() => void process.off('unhandledRejection', noteUnhandled))
afterEach(async () => {
  // Node tells of a rejection at the end of the turn.
  await rest(5)
  expect(unhandled.splice(0)).toEqual([])
})

describe('an HTTP client', () => {
  it.each<[string, () => unknown, object]>([
    ['throws', thrower, { code: 'ERR_NETWORK', message: 'the request failed: boom', cause: { message: 'boom' } }],
    [
      'rejects',
      () => Promise.reject(boom),
      { code: 'ERR_NETWORK', message: 'the request failed: boom', cause: { message: 'boom' } },
    ],
    ['rejects with nothing', () => Promise.reject(), { code: 'ERR_NETWORK' }],
    [
      'rejects with a string',
      () => Promise.reject('boom'),
      { code: 'ERR_NETWORK', message: 'the request failed: boom', cause: { message: 'boom' } },
    ],
    ['answers undefined', () => Promise.resolve(undefined), { code: 'ERR_BAD_RESPONSE' }],
    ['answers null', () => Promise.resolve(null), { code: 'ERR_BAD_RESPONSE' }],
    ['answers a string', () => Promise.resolve('OK'), { code: 'ERR_BAD_RESPONSE' }],
    ['answers a number', () => Promise.resolve(200), { code: 'ERR_BAD_RESPONSE' }],
    ['answers without a promise', () => undefined, { code: 'ERR_BAD_RESPONSE' }],
    ['answers without a status', () => Promise.resolve({ ok: true }), { code: 'ERR_BAD_RESPONSE' }],
    ['answers a status that is a string', () => Promise.resolve({ status: '200' }), { code: 'ERR_BAD_RESPONSE' }],
    ['answers a status that is NaN', () => Promise.resolve({ status: Number.NaN }), { code: 'ERR_BAD_RESPONSE' }],
    ['answers a status that is a fraction', () => Promise.resolve({ status: 200.5 }), { code: 'ERR_BAD_RESPONSE' }],
    [
      'answers with a status that throws',
      () => Promise.resolve(Object.defineProperty({}, 'status', { get: thrower })),
      { code: 'ERR_NETWORK', message: 'the request failed: boom', cause: { message: 'boom' } },
    ],
    [
      'answers with a thenable that throws',
      // biome-ignore lint/suspicious/noThenProperty: the thenable is the subject
      () => ({ then: thrower }),
      { code: 'ERR_NETWORK', message: 'the request failed: boom', cause: { message: 'boom' } },
    ],
  ])('that %s makes each attempt fail with a typed reason', async (_, misbehave, expected) => {
    const makeRequest = vi.fn(misbehave)
    // A cast, since no type would let such a client pass.
    const httpClient = { makeRequest } as unknown as HTTPClient
    const delivery = createClient(collector, { httpClient, maxRetries: 1 }).track(A)
    const reason = await reasonOf(delivery)
    expect(reason).toBeInstanceOf(DeliveryError)
    expect(reason).toMatchObject(expected)
    expect((await delivery).attempts).toBe(2)
    expect(makeRequest).toHaveBeenCalledTimes(2)
    expect(collector.requests()).toEqual([])
  })

  it.each<[string, () => unknown]>([
    ['throws', thrower],
    ['rejects', () => Promise.reject(boom)],
    ['answers nonsense', () => Promise.resolve('OK')],
  ])('that %s once loses nothing: the next attempt and other batches deliver', async (_, misbehave) => {
    let requestCount = 0
    // A cast, since no type would let such a client pass.
    const httpClient = ((...args: Parameters<HTTPFetchFn>) =>
      requestCount++ === 0 ? misbehave() : fetch(...args)) as HTTPFetchFn
    const client = createClient(collector, { httpClient, flushAt: 2 })
    trackMany(client, 4)
    expect(await client.flush()).toEqual({ delivered: 4, failed: 0 })
    expect(receivedNames(collector).toSorted()).toEqual(['0', '1', '2', '3'])
    expect(collector.requests().map(({ retryCount }) => retryCount)).toEqual([0, 1])
  })
})

describe('the rest of a response', () => {
  const parts: [string, () => object][] = [
    ['no statusText', () => ({ headers: {} })],
    ['headers that are null', () => ({ headers: null })],
    ['headers that are a string', () => ({ headers: 'retry-after: 5' })],
    ['headers as a list of pairs', () => ({ headers: [['content-type', 'text/plain']] })],
    ['headers as a list of numbers', () => ({ headers: [1, 2] })],
    ['headers whose entries throw', () => ({ headers: { entries: thrower } })],
    ['a header that throws', () => ({ headers: Object.defineProperty({}, 'a', { get: thrower, enumerable: true }) })],
    ['a text that is not a function', () => ({ text: 'OK' })],
    ['a text that throws', () => ({ text: thrower })],
    ['a text that rejects', () => ({ text: () => Promise.reject(boom) })],
    ['a text that is undefined', () => ({ text: () => undefined })],
    ['headers that throw', () => Object.defineProperty({}, 'headers', { get: thrower, enumerable: true })],
    ['a statusText that throws', () => Object.defineProperty({}, 'statusText', { get: thrower, enumerable: true })],
  ]

  /** The collector's status, with the rest of the response as the test has it. */
  function createClientWith(describeRest: () => object) {
    const httpClient = vi.fn<HTTPFetchFn>(async (url, init) => {
      const { status } = await fetch(url, init)
      // The cast: the missing and the wrong parts are the subject. A getter stays one.
      return Object.defineProperties(describeRest(), { status: { value: status } }) as HTTPResponse
    })
    return { httpClient, client: createClient(collector, { httpClient, maxRetries: 1, minRetryDelay: 1 }) }
  }

  it.each(parts)('neither undoes a 200 nor causes a second request: %s', async (_, describeRest) => {
    const { httpClient, client } = createClientWith(describeRest)
    expect((await client.track(A)).status).toBe('delivered')
    expect(httpClient).toHaveBeenCalledTimes(1)
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it.each(parts)('does not hide a 404, which fails at once: %s', async (_, describeRest) => {
    collector.fail({ status: 404 })
    const { client } = createClientWith(describeRest)
    expect((await client.track(A)).error).toMatchObject({ code: 'ERR_HTTP_STATUS', status: 404 })
    expect(answers(collector)).toEqual([404])
  })
})

describe('an HTTP client that continues after its timeout', () => {
  it.each<[string, (late: Promise<void>) => Promise<unknown>]>([
    ['rejects', (late) => late.then(thrower)],
    ['answers', (late) => late.then(() => ({ status: 200, statusText: 'OK' }))],
    [
      'answers with a text that rejects',
      (late) => late.then(() => ({ status: 200, text: () => Promise.reject(boom) })),
    ],
  ])('and then %s changes nothing', async (_, answer) => {
    let end = () => {}
    const late = new Promise<void>((resolve) => {
      end = resolve
    })
    // A cast, since one of them has no statusText.
    const httpClient = () => answer(late) as Promise<HTTPResponse>
    const client = createClient(collector, { httpClient, httpRequestTimeout: 50, maxRetries: 0 })
    const outcomes: unknown[] = []
    client.on('error', ({ reason }) => outcomes.push(reason)).on('track', (context) => outcomes.push(context))
    const reason = await reasonOf(client.track(A))
    end()
    await rest(20)
    expect(reason).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(outcomes).toEqual([reason])
  })
})
