import { describe, expect, it, vi } from 'vitest'
import { DeliveryError } from '../../src/index.ts'
import {
  answers,
  createClient,
  openCollector,
  receivedNames,
  recordErrors,
  rest,
  trackMany,
  within,
} from './support.ts'

const collector = await openCollector()

describe('the deadline of a flush', () => {
  it('fails what is on its way, at once, and says so once to each', async () => {
    collector.fail({ hang: true })
    const client = createClient(collector, { flushAt: 2 })
    const errors = recordErrors(client)
    const callback = vi.fn()
    const delivery = client.track({ userId: 'u1', event: 'A' }, callback)
    trackMany(client, 10)
    expect(await client.flush({ timeout: 200 })).toEqual({ delivered: 0, failed: 11 })

    const context = await delivery
    const reason = context.failedDelivery()?.reason
    expect(reason).toBeInstanceOf(DeliveryError)
    expect(reason).toMatchObject({ code: 'ERR_DEADLINE' })
    expect(callback.mock.calls).toEqual([[reason, context]])
    expect(errors).toHaveLength(11)
    expect(errors[0]).toEqual({ code: 'delivery_failure', reason, ctx: context })
    expect(new Set(errors.map(({ ctx }) => ctx.id)).size).toBe(11)
    await rest(50)
    expect(collector.requests()).toHaveLength(4)
  })

  it('names the last failure as its cause', async () => {
    collector.fail({ status: 503, statusText: 'Busy' })
    const client = createClient(collector, { maxRetries: 100 })
    const delivery = client.on('error', () => {}).track({ userId: 'u1', event: 'A' })
    expect(await client.flush({ timeout: 500 })).toEqual({ delivered: 0, failed: 1 })
    expect((await delivery).failedDelivery()?.reason).toMatchObject({
      code: 'ERR_DEADLINE',
      cause: { code: 'ERR_HTTP_STATUS', status: 503, message: '[503] Busy' },
    })
    expect(collector.requests().length).toBeGreaterThan(1)
  })

  it('ends a pause that it would not outlast, without sleeping it out', async () => {
    collector.fail({ retryAfter: 60 })
    const client = createClient(collector, { flushAt: 1 })
    const delivery = client.track({ userId: 'u1', event: 'A' })
    client.on('error', () => {})
    await vi.waitUntil(() => answers(collector)[0] === 429, { timeout: 5000 })
    await rest(50)
    expect(await within(5000, client.flush({ timeout: 30_000 }))).toEqual({ delivered: 0, failed: 1 })
    expect((await delivery).failedDelivery()?.reason).toMatchObject({ code: 'ERR_DEADLINE', cause: { status: 429 } })
    expect(collector.requests()).toHaveLength(1)
  })

  it('can be brought nearer by a second flush', async () => {
    collector.fail({ hang: true })
    const client = createClient(collector)
    client.on('error', () => {}).track({ userId: 'u1', event: 'A' })
    const patient = client.flush({ timeout: 30_000 })
    expect(await client.flush({ timeout: 150 })).toEqual({ delivered: 0, failed: 1 })
    expect(await within(2000, patient)).toEqual({ delivered: 0, failed: 1 })
  })

  it('ends the request, not only the wait for it', async () => {
    collector.fail({ hang: true })
    const client = createClient(collector, { httpRequestTimeout: 60_000 })
    client.on('error', () => {}).track({ userId: 'u1', event: 'A' })
    await client.flush({ timeout: 150 })
    // The collector notes the duration when the connection is closed.
    await vi.waitUntil(() => collector.requests()[0]?.durationMs !== undefined, { timeout: 5000 })
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

  it('an answer that comes after it does not settle an event a second time', async () => {
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

  it('is the end of its events: nothing of them is sent after it', async () => {
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

  it('counts as delivered what the server answered in time, even where the body of the answer hangs', async () => {
    collector.fail({ hangBody: true })
    const client = createClient(collector)
    const errors = recordErrors(client)
    client.track({ userId: 'u1', event: 'A' })
    expect(await client.flush({ timeout: 500 })).toEqual({ delivered: 1, failed: 0 })
    expect(receivedNames(collector)).toEqual(['A'])
    expect(errors).toEqual([])
  })
})
