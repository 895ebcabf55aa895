import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../../support/workerd.ts'

const entry = fileURLToPath(new URL('plugins-worker.ts', import.meta.url))

// The second is from before workerd let a promise of one request be resolved from another at all.
test.each([COMPATIBILITY_DATE, '2024-09-01'])(
  'events of all requests wait for a load that one of them began: %s',
  async (compatibilityDate) => {
    const collector = await startCollector()
    const { url, mf, logs } = await startWorkerd({
      modules: true,
      script: await bundleWorker(entry),
      compatibilityDate,
      bindings: { SEGMENT_HOST: collector.url },
    })
    try {
      const users = ['a', 'b', 'c', 'd']
      await Promise.all(users.map(async (user) => (await fetch(`${url}/?user=${user}`)).text()))
      await vi.waitFor(() => expect(collector.events()).toHaveLength(users.length), { timeout: 20_000 })
      expect(
        collector
          .events()
          .map(({ event }) => event.userId)
          .toSorted(),
      ).toEqual(users)
      expect(collector.events().map(({ event }) => event.properties)).toEqual(users.map(() => ({ enriched: true })))
      await vi.waitFor(async () => expect(((await (await fetch(url)).json()) as string[]).toSorted()).toEqual(users), {
        timeout: 20_000,
      })
      expect(logs.join('')).toBe('')
    } finally {
      await mf.dispose()
      await collector.close()
    }
  },
)
