import { afterEach, describe, expect, it, vi } from 'vitest'
import { answers, createClient, openCollector, reasonOf, receivedNames, rest, trackMany } from '../../support/client.ts'
import { gapsMs, useFullJitter } from '../../support/retries.ts'

const collector = await openCollector()
afterEach(() => void vi.restoreAllMocks())

const A = { userId: 'u1', event: 'A', messageId: 'm-1' }

describe('an answer', () => {
  it.each([200, 201, 202, 203, 299])('of %i delivers the events in one request', async (status) => {
    collector.fail({ status })
    expect(await createClient(collector).track(A)).toEqual({ messageId: 'm-1', status: 'delivered', attempts: 1 })
    expect(answers(collector)).toEqual([status])
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it.each([408, 410, 429, 460, 500, 502, 503, 504, 507, 520, 599])('of %i is retried', async (status) => {
    collector.fail({ status, times: 1 })
    expect(await createClient(collector).track(A)).toMatchObject({ status: 'delivered', attempts: 2 })
    expect(answers(collector)).toEqual([status, 200])
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it.each([400, 401, 403, 404, 405, 411, 413, 414, 422, 451, 501, 505, 511])(
    'of %i fails a single event at once',
    async (status) => {
      collector.fail({ status, statusText: 'Some Text' })
      const { error, attempts } = await createClient(collector).track(A)
      expect(error).toMatchObject({ code: 'ERR_HTTP_STATUS', status })
      // That of a 404 goes on with the URL.
      expect(error?.message.startsWith(`[${status}] Some Text`)).toBe(true)
      expect(attempts).toBe(1)
      expect(answers(collector)).toEqual([status])
    },
  )

  it.each([401, 403, 404, 422, 501, 505, 511])('of %i fails a batch at once, without splitting it', async (status) => {
    collector.fail({ status })
    const client = createClient(collector).on('error', () => {})
    trackMany(client, 3)
    expect(await client.flush()).toEqual({ delivered: 0, failed: 3 })
    expect(answers(collector)).toEqual([status])
  })

  it.each([301, 302, 303, 307, 308])('of %i is not followed, and the reason names the location', async (status) => {
    const location = `${collector.url}/v1/track`
    collector.fail({ status, headers: { location }, path: '/v1/batch' })
    const { error } = await createClient(collector).track(A)
    expect(error).toMatchObject({ code: 'ERR_HTTP_STATUS', status, message: expect.stringContaining(location) })
    await rest(20)
    expect(collector.requests().map(({ path }) => path)).toEqual(['/v1/batch'])
  })
})

describe('a retry', () => {
  it('has the same messageIds, counts itself in X-Retry-Count, and has its own sentAt', async () => {
    useFullJitter()
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
    for (const [index, { sentAt, at }] of requests.entries()) {
      const sentAtMs = Date.parse(String(sentAt))
      expect(sentAtMs).toBeLessThanOrEqual(Date.parse(at))
      // The pauses take 100 and 200 ms: no sentAt can be that of the attempt before.
      const before = requests[index - 1]
      if (before) expect(sentAtMs).toBeGreaterThanOrEqual(Date.parse(before.at))
    }
    expect(receivedNames(collector)).toEqual(['0', '1', '2'])
  })

  it.each([0, 1, 4])('is made %i times if maxRetries says so, then the last response is the reason', async (count) => {
    collector.fail({ status: 500, statusText: 'Broken' })
    collector.fail({ status: 502, requests: [0] })
    const client = createClient(collector, { maxRetries: count, minRetryDelay: 1, maxRetryDelay: 8 })
    const { error, attempts } = await client.track(A)
    expect(error).toMatchObject({ code: 'ERR_HTTP_STATUS', message: '[500] Broken' })
    expect(attempts).toBe(count + 1)
    expect(collector.requests().map(({ retryCount }) => retryCount)).toEqual([...Array(count + 1).keys()])
  })

  it('follows a connection reset before the events are stored', async () => {
    collector.fail({ reset: 'before', times: 2 })
    expect((await createClient(collector).track(A)).status).toBe('delivered')
    expect(answers(collector)).toEqual(['reset', 'reset', 200])
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('follows a connection reset afterwards, and the server recognises the event by its messageId', async () => {
    collector.fail({ reset: 'after', times: 1 })
    await createClient(collector).track(A)
    expect(answers(collector)).toEqual(['reset', 200])
    expect(collector.events().map(({ duplicate, event }) => [duplicate, event.messageId])).toEqual([
      [false, 'm-1'],
      [true, 'm-1'],
    ])
  })

  it.each(['before', 'after'] as const)('that is reset %s each time fails with the network error', async (reset) => {
    collector.fail({ reset })
    const reason = await reasonOf(createClient(collector, { maxRetries: 1 }).track(A))
    expect(reason).toMatchObject({ code: 'ERR_NETWORK', cause: expect.any(Error) })
    expect(answers(collector)).toEqual(['reset', 'reset'])
  })

  it('of one batch does not delay another', async () => {
    collector.fail({ status: 503, requests: [0, 2, 3, 4, 5] })
    const client = createClient(collector, { flushAt: 1, maxConcurrentRequests: 2, minRetryDelay: 1000 })
    useFullJitter()
    trackMany(client, 2)
    await vi.waitUntil(() => collector.events().length === 1, { timeout: 5000 })
    expect(answers(collector)).toEqual([503, 200])
    expect(await client.flush({ timeout: 500 })).toEqual({ delivered: 0, failed: 1 })
  })
})

describe('the pause before a retry', () => {
  it.each([
    ['longest', useFullJitter, 1],
    ['shortest', () => void vi.spyOn(Math, 'random').mockReturnValue(0), 0.5],
  ])('starts early and grows eightfold, at its %s', async (_, useJitter, share) => {
    useJitter()
    collector.fail({ status: 503, times: 3 })
    await createClient(collector, { minRetryDelay: 50 }).track(A)
    const gaps = gapsMs(collector)
    expect(gaps).toHaveLength(3)
    for (const [index, longestMs] of [50, 400, 3200].entries()) {
      const pauseMs = longestMs * share
      expect(gaps[index]).toBeGreaterThanOrEqual(pauseMs * 0.95 - 5)
      expect(gaps[index]).toBeLessThan(pauseMs + 2000)
    }
  })

  it('stays within minRetryDelay and maxRetryDelay', async () => {
    useFullJitter()
    collector.fail({ status: 503, times: 3 })
    await createClient(collector, { minRetryDelay: 250, maxRetryDelay: 400 }).track(A)
    const gaps = gapsMs(collector)
    expect(gaps).toHaveLength(3)
    for (const [index, pauseMs] of [250, 400, 400].entries()) {
      expect(gaps[index]).toBeGreaterThanOrEqual(pauseMs * 0.95)
      expect(gaps[index]).toBeLessThan(pauseMs + 2000)
    }
  })
})
