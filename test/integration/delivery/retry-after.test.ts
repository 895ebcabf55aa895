import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../../collector/index.ts'
import {
  answers,
  createClient,
  openCollector,
  reasonOf,
  receivedNames,
  rest,
  trackMany,
  within,
} from '../../support/client.ts'
import { gapsMs, useFullJitter } from '../../support/retries.ts'

const collector = await openCollector()
afterEach(() => void vi.restoreAllMocks())

const A = { userId: 'u1', event: 'A' }
const B = { userId: 'u1', event: 'B' }

/** A timer may fire a millisecond early, and two clocks round differently. */
const SLACK_MS = 20

describe('a pause requested by the server', () => {
  it.each<[string, Fault]>([
    ['Retry-After: 1', { retryAfter: 1 }],
    ['X-RateLimit-Reset: 1', { status: 429, headers: { 'X-RateLimit-Reset': '1' } }],
    ['Retry-After: 1 rather than X-RateLimit-Reset: 60', { retryAfter: 1, headers: { 'X-RateLimit-Reset': '60' } }],
  ])('is kept, and with a 429 does not count against maxRetries: %s', async (_, fault) => {
    collector.fail({ ...fault, times: 1 })
    expect((await createClient(collector, { maxRetries: 0 }).track(A)).status).toBe('delivered')
    expect(gapsMs(collector)[0]).toBeGreaterThanOrEqual(1000 - SLACK_MS)
    expect(gapsMs(collector)[0]).toBeLessThan(10_000)
    expect(answers(collector)).toEqual([429, 200])
  })

  it.each([408, 500, 503])('with a %i is kept, and counts against maxRetries', async (status) => {
    collector.fail({ status, retryAfter: 1, times: 1 })
    expect((await createClient(collector, { maxRetries: 1 }).track(A)).status).toBe('delivered')
    expect(gapsMs(collector)[0]).toBeGreaterThanOrEqual(1000 - SLACK_MS)
    collector.fail({ status, retryAfter: 1, times: 1 })
    expect((await createClient(collector, { maxRetries: 0 }).track(A)).error).toMatchObject({ status })
    expect(answers(collector)).toEqual([status, 200, status])
  })

  it('may be an HTTP date', async () => {
    const date = new Date(Date.now() + 2500).toUTCString()
    collector.fail({ retryAfter: date, times: 1 })
    expect((await createClient(collector, { maxRetries: 0 }).track(A)).status).toBe('delivered')
    const [first, second] = collector.requests().map(({ at }) => Date.parse(at))
    expect(first).toBeLessThan(Date.parse(date))
    expect(second).toBeGreaterThanOrEqual(Date.parse(date) - SLACK_MS)
    expect(answers(collector)).toEqual([429, 200])
  })

  it('with a 503 is a minimum: a longer back-off stays', async () => {
    useFullJitter()
    collector.fail({ status: 503, retryAfter: 1, times: 1 })
    await createClient(collector, { minRetryDelay: 1500 }).track(A)
    expect(gapsMs(collector)[0]).toBeGreaterThanOrEqual(1400)
    expect(answers(collector)).toEqual([503, 200])
  })

  it('with a 429 is not extended by a back-off of more than a second', async () => {
    useFullJitter()
    collector.fail({ retryAfter: 1, times: 1 })
    await createClient(collector, { minRetryDelay: 60_000, maxRetryDelay: 60_000 }).track(A)
    expect(gapsMs(collector)[0]).toBeLessThan(20_000)
    expect(answers(collector)).toEqual([429, 200])
  })

  it('does not use up maxRetries, however often it is requested', async () => {
    collector.fail({ retryAfter: 0, requests: [0, 2, 4] })
    collector.fail({ status: 503, requests: [1, 3, 5], statusText: 'Busy' })
    const outcome = await createClient(collector, { maxRetries: 2, minRetryDelay: 1 }).track(A)
    expect(outcome.error).toMatchObject({ message: '[503] Busy' })
    expect(answers(collector)).toEqual([429, 503, 429, 503, 429, 503])
    expect(collector.requests().map(({ retryCount }) => retryCount)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('of zero is not taken literally, and stops with the flush', async () => {
    useFullJitter()
    collector.fail({ retryAfter: 0 })
    const client = createClient(collector, { maxRetries: 0 }).on('error', () => {})
    const delivery = client.track(A)
    expect(await client.flush({ timeout: 1000 })).toEqual({ delivered: 0, failed: 1 })
    expect(await reasonOf(delivery)).toMatchObject({ code: 'ERR_DEADLINE', cause: { status: 429 } })
    // One each 100 ms, until shortly before the deadline.
    expect(collector.requests().length).toBeGreaterThanOrEqual(2)
    expect(collector.requests().length).toBeLessThanOrEqual(20)
  })

  it('is limited to 300 seconds', async () => {
    vi.useFakeTimers()
    try {
      let requestCount = 0
      const headers = { 'Retry-After': '86400' }
      const httpClient = async () => {
        requestCount++
        return requestCount === 1 ? { status: 429, statusText: '', headers } : { status: 200, statusText: '' }
      }
      const client = createClient(collector, { flushAt: 1, httpClient })
      client.track(A)
      await vi.advanceTimersByTimeAsync(299_999)
      expect([requestCount, client.pendingCount]).toEqual([1, 1])
      await vi.advanceTimersByTimeAsync(1)
      expect([requestCount, client.pendingCount]).toEqual([2, 0])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('is remembered', () => {
  /** All but the first request came after the pause of a second that the first was answered with. */
  function expectPauseKept(requestCount: number): void {
    const [firstMs, ...laterMs] = collector.requests().map(({ at }) => Date.parse(at))
    expect(laterMs).toHaveLength(requestCount - 1)
    for (const atMs of laterMs) expect(atMs - Number(firstMs)).toBeGreaterThanOrEqual(1000 - SLACK_MS)
  }

  it('by later batches of the same queue', async () => {
    collector.fail({ retryAfter: 1, times: 1 })
    const client = createClient(collector, { flushAt: 1 })
    client.track(A)
    await vi.waitUntil(() => answers(collector)[0] === 429, { timeout: 5000 })
    await rest(50)
    trackMany(client, 3)
    expect(await client.flush()).toEqual({ delivered: 4, failed: 0 })
    expectPauseKept(5)
  })

  it("by the client's other scopes, including later ones", async () => {
    collector.fail({ retryAfter: 1, times: 1 })
    const client = createClient(collector)
    const before = client.scope()
    client.scope().track(A).then()
    await vi.waitUntil(() => answers(collector)[0] === 429, { timeout: 5000 })
    await rest(50)
    before.track(B)
    const later = client.scope()
    later.track(B)
    expect(await Promise.all([before.flush(), later.flush()])).toEqual([
      { delivered: 1, failed: 0 },
      { delivered: 1, failed: 0 },
    ])
    await client.flush()
    expectPauseKept(4)
    expect(receivedNames(collector).toSorted()).toEqual(['A', 'B', 'B'])
  })

  it('only until it is over', async () => {
    collector.fail({ retryAfter: 2, times: 1 })
    const client = createClient(collector)
    await client.track(A)
    const startedMs = performance.now()
    await client.scope().track(B)
    expect(performance.now() - startedMs).toBeLessThan(1800)
    expect(receivedNames(collector)).toEqual(['A', 'B'])
  })
})

describe('a pause that reaches past the deadline', () => {
  const DEADLINE_429 = { code: 'ERR_DEADLINE', cause: { code: 'ERR_HTTP_STATUS', status: 429 } }

  it('also fails batches that have made no request yet, with the same cause', async () => {
    collector.fail({ retryAfter: 60 })
    const client = createClient(collector).on('error', () => {})
    await client.scope().track(A)
    const delivery = client.scope().track(B)
    expect(await reasonOf(delivery)).toMatchObject(DEADLINE_429)
    expect((await delivery).attempts).toBe(0)
    expect(answers(collector)).toEqual([429])
  })

  it.each([
    ['seconds', () => '60'],
    ['a date', () => new Date(Date.now() + 60_000).toUTCString()],
  ])('fails the events at once, with much of the time left: %s', async (_, describeDelay) => {
    collector.fail({ retryAfter: describeDelay() })
    const client = createClient(collector).on('error', () => {})
    const delivery = client.track(A)
    expect(await within(10_000, client.flush({ timeout: 30_000 }))).toEqual({ delivered: 0, failed: 1 })
    expect(await reasonOf(delivery)).toMatchObject(DEADLINE_429)
    expect(collector.requests()).toHaveLength(1)
  })

  it('because of a later flush fails a batch that is already waiting', async () => {
    collector.fail({ retryAfter: 60 })
    const client = createClient(collector, { flushAt: 1 }).on('error', () => {})
    const delivery = client.track(A)
    await vi.waitUntil(() => answers(collector)[0] === 429, { timeout: 5000 })
    await rest(50)
    expect(client.pendingCount).toBe(1)
    expect(await within(10_000, client.flush({ timeout: 30_000 }))).toEqual({ delivered: 0, failed: 1 })
    expect(await reasonOf(delivery)).toMatchObject(DEADLINE_429)
    expect(collector.requests()).toHaveLength(1)
  })

  it('fails the events of other batches and scopes that would have to wait, without a request', async () => {
    // Past the deadline of a scope, 25 s, and that of a client, 75 s.
    collector.fail({ retryAfter: 120 })
    const client = createClient(collector, { flushAt: 1, flushInterval: 10_000 }).on('error', () => {})
    client.track(A)
    await vi.waitUntil(() => answers(collector)[0] === 429, { timeout: 5000 })
    await rest(50)
    const [second, third] = [client.track(B), client.scope().track(B)]
    const late = { status: 'failed', attempts: 0, error: { code: 'ERR_DEADLINE' } }
    expect(await within(10_000, Promise.all([second, third]))).toMatchObject([late, late])
    expect(collector.requests()).toHaveLength(1)
  })

  it('is kept if a flush has enough time', async () => {
    collector.fail({ retryAfter: 1, times: 1 })
    const client = createClient(collector)
    client.track(A)
    expect(await client.flush({ timeout: 30_000 })).toEqual({ delivered: 1, failed: 0 })
    expect(answers(collector)).toEqual([429, 200])
  })
})
