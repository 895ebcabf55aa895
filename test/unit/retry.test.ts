import { describe, expect, it } from 'vitest'
import type { HTTPRequestEvent, HTTPResponseEvent } from '../../src/index.ts'
import { answers, createClient, openCollector, receivedNames, rest, trackMany, WRITE_KEY, within } from './support.ts'

const collector = await openCollector()

const A = { userId: 'u1', event: 'A', messageId: 'm-1' }

describe('a retry', () => {
  it('carries the same messageIds, counts itself in X-Retry-Count, and has a sentAt of its own', async () => {
    collector.fail({ status: 503, times: 2 })
    const client = createClient(collector)
    trackMany(client, 3)
    expect(await client.flush()).toEqual({ delivered: 3, failed: 0 })
    const requests = collector.requests()
    expect(answers(collector)).toEqual([503, 503, 200])
    expect(requests.map(({ retryCount }) => retryCount)).toEqual([0, 1, 2])
    expect(requests[0]?.headers).not.toHaveProperty('x-retry-count')
    expect(requests[0]?.messageIds).toHaveLength(3)
    for (const { messageIds } of requests) expect(messageIds).toEqual(requests[0]?.messageIds)
    for (const { sentAt, at } of requests) {
      expect(Math.abs(Date.parse(String(sentAt)) - Date.parse(at))).toBeLessThan(1000)
    }
    expect(receivedNames(collector)).toEqual(['0', '1', '2'])
  })

  it.each([408, 410, 429, 460, 500, 502, 503, 504, 599])('follows a %i', async (status) => {
    collector.fail({ status, times: 1 })
    const context = await createClient(collector).track(A)
    expect(context.failedDelivery()).toBeUndefined()
    expect(context.attempts).toBe(2)
    expect(answers(collector)).toEqual([status, 200])
  })

  it.each([400, 401, 403, 404, 413, 422, 501, 505, 511])('does not follow a %i, of one event', async (status) => {
    collector.fail({ status, statusText: 'Some Text' })
    const context = await createClient(collector).track(A)
    const message = `[${status}] Some Text`
    expect(context.failedDelivery()?.reason).toMatchObject({ code: 'ERR_HTTP_STATUS', status, message })
    expect(context.attempts).toBe(1)
    expect(answers(collector)).toEqual([status])
  })

  it.each([0, 2])(
    'is made %i times where maxRetries is that, then the last answer is the reason',
    async (maxRetries) => {
      collector.fail({ status: 500, statusText: 'Broken' })
      const context = await createClient(collector, { maxRetries }).track(A)
      expect(context.failedDelivery()?.reason).toMatchObject({ status: 500, message: '[500] Broken' })
      expect(collector.requests()).toHaveLength(maxRetries + 1)
    },
  )

  it('follows a connection that is reset before the events are stored', async () => {
    collector.fail({ reset: 'before', times: 2 })
    const context = await createClient(collector).track(A)
    expect(context.failedDelivery()).toBeUndefined()
    expect(answers(collector)).toEqual(['reset', 'reset', 200])
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('follows a connection that is reset afterwards, and the server knows the event by its messageId', async () => {
    collector.fail({ reset: 'after', times: 1 })
    await createClient(collector).track({ userId: 'u1', event: 'A' })
    expect(answers(collector)).toEqual(['reset', 200])
    expect(collector.events().map(({ duplicate }) => duplicate)).toEqual([false, true])
  })

  it('that never gets through fails with the network error as the cause', async () => {
    collector.fail({ reset: true })
    const context = await createClient(collector, { maxRetries: 1 }).track(A)
    expect(context.failedDelivery()?.reason).toMatchObject({ code: 'ERR_NETWORK', cause: expect.any(Error) })
    expect(answers(collector)).toEqual(['reset', 'reset'])
  })

  it('waits as long as Retry-After says, without using up maxRetries', async () => {
    collector.fail({ retryAfter: 1, times: 1 })
    const context = await createClient(collector, { maxRetries: 0 }).track(A)
    expect(context.failedDelivery()).toBeUndefined()
    const [first, second] = collector.requests().map(({ at }) => Date.parse(at))
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(980)
    expect(answers(collector)).toEqual([429, 200])
  })

  it('may follow such a pause as often as maxRetries says', async () => {
    collector.fail({ retryAfter: 0, requests: [0] })
    collector.fail({ status: 503, requests: [1] })
    const context = await createClient(collector, { maxRetries: 1 }).track(A)
    expect(context.failedDelivery()).toBeUndefined()
    expect(answers(collector)).toEqual([429, 503, 200])
  })

  it('ends some time, even where the server forever asks to come back at once', async () => {
    collector.fail({ status: 503, retryAfter: 0 })
    const client = createClient(collector, { flushAt: 1, maxRetries: 2 })
    const failed = new Promise((resolve) => client.once('error', ({ reason }) => resolve(reason)))
    client.track(A)
    expect(await within(3000, failed)).toMatchObject({ code: 'ERR_HTTP_STATUS', status: 503 })
  })
})

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    '%i is never followed: the event fails and the reason names the location',
    async (status) => {
      const location = `${collector.url}/v1/track`
      collector.fail({ status, headers: { location }, path: '/v1/batch' })
      const context = await createClient(collector).track(A)
      const reason = context.failedDelivery()?.reason
      expect(reason).toMatchObject({ code: 'ERR_HTTP_STATUS', status })
      expect(reason).toHaveProperty('message', expect.stringContaining(location))
      await rest(20)
      expect(collector.requests().map(({ path }) => path)).toEqual(['/v1/batch'])
    },
  )
})

describe('http_request and http_response', () => {
  it('tell of each attempt, with the credentials taken out', async () => {
    collector.fail({ status: 503, statusText: 'Busy', headers: { 'X-Request-Id': 'r1' }, times: 1 })
    const client = createClient(collector)
    const requests: HTTPRequestEvent[] = []
    const responses: HTTPResponseEvent[] = []
    client.on('http_request', (request) => requests.push(request))
    client.on('http_response', (response) => responses.push(response))
    await client.track(A)

    const url = `${collector.url}/v1/batch`
    expect(requests.map(({ headers }) => headers['X-Retry-Count'])).toEqual([undefined, '1'])
    for (const { headers, body, ...others } of requests) {
      expect(others).toEqual({ url, method: 'POST' })
      expect(headers).toMatchObject({ 'Content-Type': 'application/json', Authorization: '[redacted]' })
      expect(JSON.parse(body)).toMatchObject({ batch: [collector.events()[0]?.event], writeKey: '[redacted]' })
    }
    expect(responses).toMatchObject([
      { url, status: 503, statusText: 'Busy', headers: { 'x-request-id': 'r1' } },
      { url, status: 200, statusText: 'OK', body: '{"success":true}' },
    ])
    const everything = JSON.stringify([requests, responses])
    expect(everything).not.toContain(WRITE_KEY)
    expect(everything).not.toContain(Buffer.from(WRITE_KEY).toString('base64').slice(0, -2))
    expect(collector.requests()[0]?.writeKey).toBe(WRITE_KEY)
  })

  it('cannot be used to change the request', async () => {
    const client = createClient(collector)
    client.on('http_request', (request) => {
      Object.assign(request.headers, { Authorization: 'Basic changed', 'X-Changed': '1' })
      Object.assign(request, { url: 'http://changed.test', body: '' })
    })
    const context = await client.track(A)
    expect(context.failedDelivery()).toBeUndefined()
    expect(collector.requests()[0]?.headers).not.toHaveProperty('x-changed')
  })
})
