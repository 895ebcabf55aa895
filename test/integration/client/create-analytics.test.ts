import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withAnalytics } from '../../../runtimes/vercel/index.ts'
import { Analytics, type AnalyticsSettings, createAnalytics } from '../../../src/index.ts'
import { openCollector, receivedNames } from '../../support/client.ts'

const collector = await openCollector()

const A = { userId: 'u1', event: 'A' }

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

function createLazy(settings: Partial<AnalyticsSettings> = {}) {
  const source = vi.fn(() => ({ writeKey: 'k', host: collector.url, ...settings }))
  return { source, analytics: createAnalytics(source) }
}

describe('createAnalytics', () => {
  it('reads its settings once, at the first call that needs them', async () => {
    const { source, analytics } = createLazy()
    const [told, registered] = [vi.fn(), vi.fn()]
    expect(analytics).toBeInstanceOf(Analytics)
    expect(analytics.on('track', told).once('track', told)).toBe(analytics)
    expect(await analytics.register({ name: 'p', type: 'enrichment', load: registered })).toBeUndefined()
    expect([analytics.unref(), analytics.pendingCount, analytics.VERSION]).toEqual([analytics, 0, expect.any(String)])
    expect(await analytics.flush()).toEqual({ delivered: 0, failed: 0 })
    expect(source).not.toHaveBeenCalled()
    const { track } = analytics
    track(A)
    track({ ...A, event: 'B' })
    expect(analytics.pendingCount).toBe(2)
    expect(await analytics.flush()).toEqual({ delivered: 2, failed: 0 })
    expect(source).toHaveBeenCalledTimes(1)
    expect(registered).toHaveBeenCalledTimes(1)
    expect(told).toHaveBeenCalledTimes(3)
    analytics.off('track', told)
    await analytics.track(A)
    expect(told).toHaveBeenCalledTimes(3)
  })

  it('works as the client of a wrapper, and still reads no settings before its first event', async () => {
    const { source, analytics } = createLazy()
    const handler = withAnalytics(analytics, async (request: Request, _context, scope) => {
      scope.track({ ...A, event: new URL(request.url).pathname })
      analytics.track({ ...A, event: 'deep' })
      return new Response('ok')
    })
    expect(source).not.toHaveBeenCalled()
    await handler(new Request('http://localhost/page'), undefined as never)
    await analytics.flush()
    expect(receivedNames(collector).sort()).toEqual(['/page', 'deep'])
    expect(source).toHaveBeenCalledTimes(1)
  })

  it('fails events for wrong settings, never throws, and reads the settings again', async () => {
    const env: { KEY?: string } = {}
    const analytics = createAnalytics(() => ({ writeKey: env.KEY ?? '', host: collector.url }))
    const errors: unknown[] = []
    analytics.on('error', ({ reason }) => errors.push((reason as Error).message))
    expect(await analytics.track(A)).toMatchObject({
      status: 'failed',
      attempts: 0,
      error: { code: 'ERR_INVALID_SETTINGS', message: expect.stringContaining('writeKey') },
    })
    expect(errors).toEqual([expect.stringContaining('writeKey')])
    expect(console.warn).toHaveBeenCalledWith(
      expect.stringContaining('the settings given to createAnalytics are wrong'),
    )
    env.KEY = 'k'
    expect(await analytics.track(A)).toMatchObject({ status: 'delivered' })
  })

  it('fails events if the source itself throws', async () => {
    const analytics = createAnalytics(() => {
      throw new Error('no such binding')
    })
    analytics.on('error', () => {})
    expect(await analytics.track(A)).toMatchObject({ status: 'failed' })
  })

  it('names an invalid plugin on the console as soon as the client exists', async () => {
    const { analytics } = createLazy()
    // A cast: the mistake is the point.
    await analytics.register({ name: 'p', type: 'middle' } as never)
    await analytics.track(A)
    expect(console.warn).toHaveBeenCalledWith(expect.stringContaining("'p'"))
  })

  it('holds on to no removed listener', async () => {
    setFlagsFromString('--expose-gc')
    const { analytics } = createLazy()
    const addAndRemove = () => {
      const listener = () => {}
      analytics.on('error', listener).off('error', listener)
      return new WeakRef(listener)
    }
    const early = addAndRemove()
    await analytics.track(A)
    const late = addAndRemove()
    await new Promise((resolve) => setTimeout(resolve))
    runInNewContext('gc')()
    expect([early.deref(), late.deref()]).toEqual([undefined, undefined])
  })

  it('stays closed if it was closed before its first event', async () => {
    const { source, analytics } = createLazy()
    expect(await analytics.closeAndFlush()).toEqual({ delivered: 0, failed: 0 })
    expect(source).not.toHaveBeenCalled()
    expect(await analytics.track(A)).toMatchObject({ error: { code: 'ERR_CLOSED' } })
  })

  it('throws for settings in place of a function', () => {
    // A cast: the mistake is the point.
    expect(() => createAnalytics({ writeKey: 'k' } as never)).toThrow('source must be a function')
  })

  it('can be spied on', () => {
    const { source, analytics } = createLazy()
    const spy = vi.spyOn(analytics, 'track').mockImplementation(() => undefined as never)
    analytics.track(A)
    expect(spy).toHaveBeenCalledExactlyOnceWith(A)
    expect(source).not.toHaveBeenCalled()
  })
})
