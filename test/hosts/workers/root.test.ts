import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const entry = fileURLToPath(new URL('root-worker.ts', import.meta.url))

describe.each(WORKERDS)('on the $age workerd, $version:', (build) => {
  let collector: Collector
  let worker: Awaited<ReturnType<typeof startWorkerd>>

  const start = async (conditions: string[], compatibilityFlags: string[] = []) => {
    worker = await startWorkerd(
      {
        modules: true,
        script: await bundleWorker(entry, conditions),
        compatibilityDate: COMPATIBILITY_DATE,
        compatibilityFlags,
        bindings: { SEGMENT_HOST: collector.url },
      },
      build,
    )
  }

  const get = async (path: string) => (await fetch(worker.url + path)).text()

  const awaited = (user: string) => JSON.stringify({ messageId: `of ${user}`, status: 'delivered', attempts: 1 })

  const arrived = async (count: number) => {
    await vi.waitFor(() => expect(collector.events().length).toBeGreaterThanOrEqual(count), { timeout: 20_000 })
    expect(collector.events().filter(({ duplicate, problems }) => duplicate || problems.length > 0)).toEqual([])
    return collector
      .events()
      .map(({ event }) => `${event.userId} ${event.event}`)
      .sort()
  }

  beforeEach(async () => {
    collector = await startCollector()
  })

  afterEach(async () => {
    await worker?.mf.dispose()
    await collector.close()
  })

  describe('a client without wrapper or scope, shared by all requests of a Worker', () => {
    test('delivers an unawaited event from every request', async () => {
      await start(['workerd', 'worker'])
      collector.fail({ delayMs: 200 })
      for (const user of ['a', 'b', 'c']) expect(await get(`/leave?user=${user}`)).toBe('ok')
      expect(await arrived(3)).toEqual(['a Left', 'b Left', 'c Left'])
      expect(worker.logs.join('')).toBe('')
    })

    test('makes concurrent requests wait only for their own events', async () => {
      await start(['workerd', 'worker'])
      collector.fail({ delayMs: 100 })
      const paths = Array.from({ length: 30 }, (_, index) => `/flush?user=u${index}&ms=${(index % 3) * 40}`)
      const answers = await Promise.all([...paths, '/await?user=x', '/await?user=y'].map(get))
      expect(new Set(answers)).toEqual(new Set(['ok', awaited('x'), awaited('y')]))
      expect(await arrived(32)).toHaveLength(32)
      expect(worker.logs.join('')).toBe('')
    })

    test('delivers awaited events when built without the workerd condition, and warns with the fix', async () => {
      await start(['worker'])
      expect(await get('/await?user=a')).toBe(awaited('a'))
      expect(await get('/await?user=b')).toBe(awaited('b'))
      expect(await arrived(2)).toEqual(['a Awaited', 'b Awaited'])
      await vi.waitFor(() => expect(worker.logs.join('')).toContain('Wrap the handler in withAnalytics()'))
    })
  })
})
