import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const entry = fileURLToPath(new URL('lazy-worker.ts', import.meta.url))

test.each(WORKERDS)('a client of createAnalytics binds each call to its request, on the $age build', async (build) => {
  const collector = await startCollector()
  const bindings = { SEGMENT_HOST: collector.url }
  const script = await bundleWorker(entry)
  const worker = await startWorkerd({ modules: true, script, compatibilityDate: COMPATIBILITY_DATE, bindings }, build)
  try {
    collector.fail({ delayMs: 200 })
    await Promise.all(['a', 'b', 'c'].map((user) => fetch(`${worker.url}/?user=${user}`)))
    await vi.waitFor(() => expect(collector.events()).toHaveLength(3), { timeout: 20_000 })
    expect(collector.events().map(({ event }) => event.userId)).toEqual(expect.arrayContaining(['a', 'b', 'c']))
    expect(worker.logs.join('')).toBe('')
  } finally {
    await worker.mf.dispose()
    await collector.close()
  }
})
