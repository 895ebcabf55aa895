import { describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../../collector/index.ts'
import { type AnalyticsSettings, DeliveryError } from '../../../src/index.ts'
import {
  answers,
  createClient,
  openCollector,
  reasonOf,
  receivedNames,
  recordErrors,
  rest,
  trackMany,
  within,
} from '../../support/client.ts'

const collector = await openCollector()

describe('a flush', () => {
  const never = () => new Promise<never>(() => {})
  it.each<[string, Fault, Partial<AnalyticsSettings>]>([
    ['a server that hangs', { hang: true }, {}],
    ['a body that hangs', { hangBody: true, status: 503 }, {}],
    ['a server that is always busy', { status: 503 }, { maxRetries: 100, minRetryDelay: 40, maxRetryDelay: 40 }],
    ['a server that asks to come back at once', { retryAfter: 0 }, { minRetryDelay: 1, maxRetryDelay: 1 }],
    ['a connection that is always reset', { reset: true }, { maxRetries: 100, minRetryDelay: 40, maxRetryDelay: 40 }],
    ['requests that time out', { hang: true }, { httpRequestTimeout: 20, maxRetries: 100, maxRetryDelay: 100 }],
    ['a client that never answers and ignores its signal', {}, { httpClient: never }],
    ['a hand-over that never ends', { status: 404 }, { onUndelivered: never }],
  ])('resolves by its timeout, and has failed each event by then: %s', async (_, fault, settings) => {
    collector.fail(fault)
    const client = createClient(collector, { flushAt: 2, ...settings })
    const errors = recordErrors(client)
    trackMany(client, 9)
    const startedMs = performance.now()
    expect(await within(10_000, client.flush({ timeout: 400 }))).toMatchObject({ delivered: 0, failed: 9 })
    expect(performance.now() - startedMs).toBeLessThan(2000)
    expect(client.pendingCount).toBe(0)
    expect(errors).toHaveLength(9)
    for (const { reason } of errors) expect(reason).toMatchObject({ code: 'ERR_DEADLINE' })
  })

  it('counts events delivered before its deadline as delivered, and the rest as failed', async () => {
    collector.fail({ hang: true, requests: [1, 3] })
    const client = createClient(collector, { flushAt: 2 })
    const errors = recordErrors(client)
    trackMany(client, 10)
    expect(await client.flush({ timeout: 500 })).toEqual({ delivered: 6, failed: 4 })
    expect(receivedNames(collector)).toHaveLength(6)
    const failed = errors.map(({ ctx }) => ctx.event.event)
    expect([...receivedNames(collector), ...failed].toSorted()).toEqual([...'0123456789'])
  })

  it('of a scope without its own timeout uses that of the scope', async () => {
    collector.fail({ hang: true })
    const client = createClient(collector).on('error', () => {})
    const scope = client.scope({ timeout: 150 })
    scope.track({ userId: 'u1', event: 'A' })
    expect(await within(5000, scope.flush())).toEqual({ delivered: 0, failed: 1 })
  })
})

describe('the deadline of a flush', () => {
  it('fails what is in flight at once, and reports it once to every listener', async () => {
    collector.fail({ hang: true })
    const client = createClient(collector, { flushAt: 2 })
    const errors = recordErrors(client)
    const callback = vi.fn()
    const delivery = client.track({ userId: 'u1', event: 'A' }, callback)
    trackMany(client, 10)
    expect(await client.flush({ timeout: 200 })).toEqual({ delivered: 0, failed: 11 })

    const reason = await reasonOf(delivery)
    expect(reason).toBeInstanceOf(DeliveryError)
    expect(reason).toMatchObject({ code: 'ERR_DEADLINE' })
    expect(callback.mock.calls).toEqual([[reason, errors[0]?.ctx]])
    expect(errors).toHaveLength(11)
    expect(errors[0]).toMatchObject({ code: 'delivery_failure', reason })
    expect(errors[0]?.ctx.failedDelivery()?.reason).toBe(reason)
    expect(await delivery).toMatchObject({ messageId: errors[0]?.ctx.id, status: 'failed', attempts: 1 })
    expect(new Set(errors.map(({ ctx }) => ctx.id)).size).toBe(11)
    await rest(50)
    expect(collector.requests()).toHaveLength(4)
  })

  it('names the last failure as its cause', async () => {
    collector.fail({ status: 503, statusText: 'Busy' })
    const client = createClient(collector, { maxRetries: 100 })
    const delivery = client.on('error', () => {}).track({ userId: 'u1', event: 'A' })
    expect(await client.flush({ timeout: 500 })).toEqual({ delivered: 0, failed: 1 })
    expect(await reasonOf(delivery)).toMatchObject({
      code: 'ERR_DEADLINE',
      cause: { code: 'ERR_HTTP_STATUS', status: 503, message: '[503] Busy' },
    })
    expect(collector.requests().length).toBeGreaterThan(1)
  })

  it('can be brought forward by a second flush', async () => {
    collector.fail({ hang: true })
    const client = createClient(collector)
    client.on('error', () => {}).track({ userId: 'u1', event: 'A' })
    const patient = client.flush({ timeout: 30_000 })
    expect(await client.flush({ timeout: 150 })).toEqual({ delivered: 0, failed: 1 })
    expect(await within(2000, patient)).toEqual({ delivered: 0, failed: 1 })
  })

  it.each<[string, Fault, unknown]>([
    ['a server that hangs', { hang: true }, 'hang'],
    ['a late answer', { delayMs: 60_000 }, 'aborted'],
    ['a body that hangs', { hangBody: true, status: 503 }, 503],
  ])('ends the request, not only the wait for it: %s', async (_, fault, status) => {
    collector.fail(fault)
    const client = createClient(collector, { httpRequestTimeout: 60_000 })
    client.on('error', () => {}).track({ userId: 'u1', event: 'A' })
    expect(await client.flush({ timeout: 200 })).toEqual({ delivered: 0, failed: 1 })
    // The collector notes the duration when the connection is closed.
    await vi.waitUntil(() => collector.requests()[0]?.durationMs !== undefined, { timeout: 5000 })
    expect(answers(collector)).toEqual([status])
  })

  it('leaves later events and flushes alone', async () => {
    collector.fail({ hang: true, times: 1 })
    const client = createClient(collector)
    client.on('error', () => {}).track({ userId: 'u1', event: 'A' })
    await client.flush({ timeout: 100 })
    client.track({ userId: 'u1', event: 'B' })
    expect(await client.flush()).toEqual({ delivered: 1, failed: 0 })
    expect(receivedNames(collector)).toEqual(['B'])
  })

  it('does not settle an event twice because of a late response', async () => {
    collector.fail({ delayMs: 400 })
    const client = createClient(collector, { httpClient: (url, { signal: _, ...init }) => fetch(url, init) })
    const errors = recordErrors(client)
    const [callback, delivered] = [vi.fn(), vi.fn()]
    client.on('track', delivered).track({ userId: 'u1', event: 'A' }, callback)
    expect(await client.flush({ timeout: 150 })).toEqual({ delivered: 0, failed: 1 })
    await vi.waitUntil(() => answers(collector)[0] === 200, { timeout: 5000 })
    await rest(100)
    expect([errors.length, callback.mock.calls.length, delivered.mock.calls.length]).toEqual([1, 1, 0])
    expect(collector.requests()).toHaveLength(1)
  })

  it('is final: none of its events is sent afterwards', async () => {
    // The answer to the first attempt comes while the batch pauses before its third.
    collector.fail({ requests: [0], delayMs: 500 })
    collector.fail({ requests: [1], retryAfter: 2 })
    const client = createClient(collector, {
      flushAt: 1,
      httpRequestTimeout: 100,
      httpClient: (url, { signal: _, ...init }) => fetch(url, init),
    })
    client.on('error', () => {}).track({ userId: 'u1', event: 'A' })
    await vi.waitUntil(() => answers(collector).join() === '200,429', { timeout: 5000 })
    await rest(50)
    await client.flush({ timeout: 200 })
    await rest(2200)
    expect(answers(collector)).toEqual([200, 429])
  })

  it('counts an event as delivered if the server answered in time, even if the body hangs', async () => {
    collector.fail({ hangBody: true })
    const client = createClient(collector)
    const errors = recordErrors(client)
    client.track({ userId: 'u1', event: 'A' })
    expect(await client.flush({ timeout: 500 })).toEqual({ delivered: 1, failed: 0 })
    expect(receivedNames(collector)).toEqual(['A'])
    expect(errors).toEqual([])
  })
})
