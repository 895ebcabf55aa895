import { describe, expect, it, vi } from 'vitest'
import { Analytics as DropIn } from '../../../runtimes/segment/index.ts'
import { Analytics, type Plugin, ValidationError } from '../../../src/index.ts'
import { createClient, openCollector, rest, trackMany } from '../../support/client.ts'

const collector = await openCollector()

describe('a client with disable', () => {
  it('makes no request, and counts each event as delivered', async () => {
    const httpClient = vi.fn(() => Promise.reject(new Error('a request was made')))
    const client = createClient(collector, { disable: true, flushAt: 3, httpClient })
    const [delivered, failed, requested, callback] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()]
    client.on('track', delivered).on('error', failed).on('http_request', requested)
    trackMany(client, 7)
    const outcome = await client.track({ userId: 'u1', event: 'A' }, callback)
    expect(outcome).toMatchObject({ status: 'delivered', attempts: 0 })
    await rest(20)
    const calls = [delivered, failed, requested, callback, httpClient].map(({ mock }) => mock.calls.length)
    expect(calls).toEqual([8, 0, 0, 1, 0])
    expect(collector.requests()).toEqual([])
  })

  it('still flushes, runs scopes and closes', async () => {
    const client = createClient(collector, { disable: true })
    trackMany(client, 2)
    expect(await client.flush()).toEqual({ delivered: 2, failed: 0 })
    expect(
      await client.scope().run((analytics) => analytics.track({ userId: 'u1', event: 'A' }).orThrow()),
    ).toHaveProperty('attempts', 0)
    await client.closeAndFlush()
    const late = await client.track({ userId: 'u1', event: 'A' })
    expect(late.error).toMatchObject({ code: 'ERR_CLOSED' })
    expect(collector.requests()).toEqual([])
  })

  it('still throws for invalid events', () => {
    // A cast, since the types would refuse the call, too.
    expect(() => createClient(collector, { disable: true }).track({} as never)).toThrow(ValidationError)
  })

  it.each([false, undefined])('sends if disable is %s', async (disable) => {
    await createClient(collector, { disable }).track({ userId: 'u1', event: 'A' })
    expect(collector.events()).toHaveLength(1)
  })
})

describe('a scope with disable', () => {
  it.each(['before', 'enrichment', 'destination', 'after'] as const)('runs no %s plugin', async (type) => {
    const client = createClient(collector)
    const track = vi.fn<NonNullable<Plugin['track']>>((ctx) => ctx)
    await client.register({ name: 'p', type, track })
    expect(await client.scope({ disable: true }).track({ userId: 'u1', event: 'A' })).toMatchObject({
      status: 'delivered',
    })
    expect(track).not.toHaveBeenCalled()
    expect(collector.requests()).toEqual([])
  })
})

describe('Analytics.noop()', () => {
  it('has the type of a client, and sends nothing', async () => {
    const analytics: Analytics = process.env.NO_SUCH_KEY ? createClient(collector) : Analytics.noop()
    const callback = vi.fn()
    expect(await analytics.track({ userId: 'u1', event: 'A' }, callback)).toMatchObject({ status: 'delivered' })
    await analytics.scope({ userId: 'u1' }).track({ event: 'B' })
    expect(await analytics.closeAndFlush()).toEqual({ delivered: 0, failed: 0 })
    expect(callback).toHaveBeenCalledExactlyOnceWith(undefined, expect.anything())
    expect(collector.requests()).toEqual([])
  })

  it('never throws for an invalid event', async () => {
    const analytics = Analytics.noop()
    analytics.on('error', () => {})
    // A cast: the mistake is the point.
    expect(await analytics.track({} as never)).toMatchObject({ status: 'failed', error: { code: 'ERR_INVALID_EVENT' } })
  })

  it('is an instance of the class it is called on', () => {
    class Mine extends Analytics {}
    expect([Mine.noop() instanceof Mine, DropIn.noop() instanceof DropIn]).toEqual([true, true])
    expect(DropIn.noop().track({ userId: 'u1', event: 'A' })).toBeUndefined()
  })

  it('sends nothing, even for a subclass that sets its own settings', async () => {
    class Mine extends Analytics {
      constructor() {
        super({ writeKey: 'k', host: collector.url })
      }
    }
    const analytics = Mine.noop()
    expect(analytics).toBeInstanceOf(Mine)
    expect(await analytics.track({ userId: 'u1', event: 'A' })).toMatchObject({ status: 'delivered' })
    expect(collector.requests()).toEqual([])
  })
})
