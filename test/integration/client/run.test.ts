import { describe, expect, it, vi } from 'vitest'
import type { Scope } from '../../../src/index.ts'
import {
  answers,
  createClient,
  createHost,
  openCollector,
  receivedNames,
  recordErrors,
  rest,
  trackMany,
  within,
} from '../../support/client.ts'

const collector = await openCollector()

const A = { userId: 'u1', event: 'A' }
const B = { userId: 'u1', event: 'B' }

describe('run', () => {
  it('passes the scope to the handler, and returns its result unchanged', async () => {
    const { promises, waitUntil } = createHost()
    const scope = createClient(collector).scope({ waitUntil })
    const result = { status: 200 }
    expect(await scope.run((given) => given)).toBe(scope)
    expect(await scope.run(() => result)).toBe(result)
    expect(await scope.run(() => Promise.resolve(result))).toBe(result)
    expect(promises).toHaveLength(0)
  })

  it.each([true, false])('sends events of several ticks in one request; with waitUntil: %s', async (isBound) => {
    const { promises, waitUntil } = createHost()
    const scope = createClient(collector).scope(isBound ? { waitUntil } : {})
    await scope.run(async (analytics) => {
      analytics.track(A)
      await rest(30)
      analytics.track(B)
      await rest(30)
    })
    await Promise.all(promises)
    expect(collector.requests().map(({ eventCount }) => eventCount)).toEqual([2])
    expect(receivedNames(collector)).toEqual(['A', 'B'])
  })

  it('with waitUntil returns without waiting for the flush', async () => {
    collector.fail({ delayMs: 300 })
    const { promises, waitUntil } = createHost()
    const result = await createClient(collector)
      .scope({ waitUntil })
      .run((analytics) => {
        analytics.track(A)
        return 'result'
      })
    expect(result).toBe('result')
    expect(answers(collector)).not.toContain(200)
    await promises[0]
    expect(answers(collector)).toEqual([200])
  })

  it('without waitUntil returns after the flush', async () => {
    collector.fail({ delayMs: 100 })
    const result = await createClient(collector)
      .scope()
      .run((analytics) => {
        analytics.track(A)
        return 'result'
      })
    expect(result).toBe('result')
    expect(answers(collector)).toEqual([200])
  })

  it.each<[string, (error: Error) => never | Promise<never>]>([
    [
      'throws',
      (error) => {
        throw error
      },
    ],
    ['rejects', (error) => Promise.reject(error)],
  ])('passes on the very error of a handler that %s, and delivers its events', async (_, fail) => {
    const boom = new Error('boom')
    for (const host of [createHost(), undefined]) {
      const scope = createClient(collector).scope(host ? { waitUntil: host.waitUntil } : {})
      const run = scope.run((analytics) => {
        analytics.track(A)
        return fail(boom)
      })
      await expect(run).rejects.toBe(boom)
      await Promise.all(host?.promises ?? [])
    }
    expect(receivedNames(collector)).toEqual(['A', 'A'])
  })

  it('returns the result even if nothing can be delivered', async () => {
    collector.fail({ hang: true })
    const client = createClient(collector)
    const errors = recordErrors(client)
    const run = client.scope({ timeout: 150 }).run((analytics) => {
      analytics.track(A)
      return 'result'
    })
    expect(await within(5000, run)).toBe('result')
    expect(errors).toHaveLength(1)
  })

  it('sends an awaited event at once', async () => {
    const { promises, waitUntil } = createHost()
    await createClient(collector)
      .scope({ waitUntil })
      .run(async (analytics) => {
        await analytics.track(A)
        expect(receivedNames(collector)).toEqual(['A'])
        analytics.track(B)
      })
    await Promise.all(promises)
    expect(receivedNames(collector)).toEqual(['A', 'B'])
  })

  it('also sends events tracked after the handler returned, as a streaming body does', async () => {
    const { promises, waitUntil } = createHost()
    await createClient(collector)
      .scope({ waitUntil })
      .run((analytics) => {
        analytics.track(A)
        setTimeout(() => analytics.track(B), 100)
      })
    await promises[0]
    await vi.waitUntil(() => promises.length === 2, { timeout: 5000 })
    await promises[1]
    expect(receivedNames(collector)).toEqual(['A', 'B'])
    expect(collector.requests()).toHaveLength(2)
  })

  it('sends pending events when each of two overlapping runs on one scope ends', async () => {
    const scope = createClient(collector).scope()
    await Promise.all([
      scope.run((analytics) => void analytics.track(A)),
      scope.run(async (analytics) => {
        await rest(100)
        expect(receivedNames(collector)).toEqual(['A'])
        analytics.track(B)
      }),
    ])
    expect(receivedNames(collector)).toEqual(['A', 'B'])
  })

  it.each<[string, number, (analytics: Scope) => unknown]>([
    ['no flush timer for a handler that returns at once', 0, (analytics) => trackMany(analytics, 2)],
    ['none for an async one that awaits nothing', 0, async (analytics) => trackMany(analytics, 2)],
    [
      'one for a handler that is still running',
      1,
      async (analytics) => {
        trackMany(analytics, 2)
        await rest(20)
      },
    ],
  ])('starts %s', async (_what, count, handler) => {
    const flushInterval = 7_777
    const setTimeouts = vi.spyOn(globalThis, 'setTimeout')
    const { promises, waitUntil } = createHost()
    await createClient(collector, { flushInterval }).scope({ waitUntil }).run(handler)
    await Promise.all(promises)
    const started = setTimeouts.mock.calls.filter(([, delayMs]) => delayMs === flushInterval)
    setTimeouts.mockRestore()
    expect(started).toHaveLength(count)
    expect(receivedNames(collector)).toEqual(['0', '1'])
  })
})
