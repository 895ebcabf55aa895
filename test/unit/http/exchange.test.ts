import { expect, it } from 'vitest'
import { DeliveryError } from '../../../src/errors.ts'
import { Deadline } from '../../../src/http/deadline.ts'
import { exchange } from '../../../src/http/exchange.ts'
import type { HTTPClientRequest } from '../../../src/http/types.ts'

/** The result of one request, by a client that does this. */
function run(makeRequest: (request: HTTPClientRequest) => unknown, { body = '', deadline = new Deadline() } = {}) {
  const request = { url: 'https://api.example.com', method: 'POST' as const, headers: {}, body, httpRequestTimeout: 20 }
  // The cast: a client written in JavaScript may return anything.
  return exchange(
    { makeRequest: makeRequest as never },
    request,
    deadline,
    (text) => text,
    () => {},
  )
}

function hang(): Promise<never> {
  return new Promise(() => {})
}

it('names the setting that ended the request', async () => {
  const reason = { code: 'ERR_TIMEOUT', message: 'no response within 20 ms (httpRequestTimeout)' }
  expect(await run(hang)).toMatchObject({ kind: 'error', reason })
})

it('says that the deadline ended the request', async () => {
  const deadline = new Deadline()
  const result = run(hang, { deadline })
  deadline.expire()
  const reason = { code: 'ERR_DEADLINE', message: 'the deadline of the flush passed' }
  expect(await result).toMatchObject({ kind: 'error', reason })
})

it.each([
  ['nothing', undefined],
  ['null', null],
  ['an object without a status', {}],
  ['a status that is no number', { status: '200' }],
])('says that the client returned %s', async (_, response) => {
  const reason = { code: 'ERR_BAD_RESPONSE', message: 'the HTTP client returned something without a status' }
  expect(await run(() => response)).toMatchObject({ kind: 'error', reason })
})

it('takes a status below 200 for a network error', async () => {
  const reason = { code: 'ERR_NETWORK', message: 'the request failed: status 101' }
  expect(await run(() => ({ status: 101 }))).toMatchObject({ kind: 'error', reason })
})

it('keeps the name and the text of what the client throws, and of its cause', async () => {
  const thrown = new TypeError('fetch failed', { cause: new Error('connection refused') })
  const message = 'TypeError: fetch failed: connection refused'
  const reason = {
    code: 'ERR_NETWORK',
    message: `the request failed: ${message}`,
    cause: expect.objectContaining({ name: 'TypeError', message }),
  }
  expect(await run(() => Promise.reject(thrown))).toMatchObject({ kind: 'error', reason })
})

it('takes a DeliveryError of another client for a network error', async () => {
  const result = await run(() => Promise.reject(new DeliveryError('ERR_DEADLINE', 'of another client')))
  expect(result).toMatchObject({ kind: 'error', reason: { code: 'ERR_NETWORK' } })
})

it.each([
  ['a text', 'no such key', 'no such key'],
  ['an object', { error: 'no such key' }, '{"error":"no such key"}'],
  ['nothing', undefined, ''],
])('reads a thrown response whose data is %s', async (_, data, body) => {
  const response = { status: 403, statusText: 'Forbidden', headers: { 'X-A': '1' }, data }
  const result = await run(() => Promise.reject(Object.assign(new Error(), { response })))
  expect(result).toMatchObject({
    kind: 'response',
    status: 403,
    statusText: 'Forbidden',
    headers: { 'x-a': '1' },
    body,
  })
})

it.each([
  ['missing', undefined, ''],
  ['null', null, ''],
  ['a number', 5, '5'],
])('reads a response whose status text is %s', async (_, statusText, wanted) => {
  expect(await run(() => ({ status: 200, statusText }))).toMatchObject({ kind: 'response', statusText: wanted })
})

it('reads a response whose fields throw', async () => {
  const response = {
    status: 200,
    get statusText(): string {
      throw new Error('unreadable')
    },
    get headers(): object {
      throw new Error('unreadable')
    },
  }
  expect(await run(() => response)).toMatchObject({ kind: 'response', status: 200, statusText: '', headers: {} })
})

it('gives the body as an object, which a copy of the request does not read', async () => {
  const seen: unknown[] = []
  const look = (request: HTTPClientRequest) => {
    seen.push(request.data, Object.keys(request))
    return { status: 200 }
  }
  await run(look, { body: '{"batch":[]}' })
  await run(look, { body: 'a=form' })
  const names = ['url', 'method', 'headers', 'body', 'httpRequestTimeout', 'signal']
  expect(seen).toEqual([{ batch: [] }, names, undefined, names])
})
