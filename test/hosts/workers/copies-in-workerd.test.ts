import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const script = await bundleWorker(fileURLToPath(new URL('copies-worker.ts', import.meta.url)))

test.each(WORKERDS)('handlers and classes accept a client of the CommonJS form on the $age workerd', async (build) => {
  const collector = await startCollector()
  const worker = {
    name: 'main',
    modules: true as const,
    script,
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: ['nodejs_compat'],
    durableObjects: { ROOM: 'Room' },
    bindings: { SEGMENT_HOST: collector.url },
  }
  const { url, mf, logs } = await startWorkerd({ workers: [worker] }, build)
  try {
    expect(await (await fetch(url)).text()).toBe('hit')
    await vi.waitFor(() => expect(collector.events()).toHaveLength(4), { timeout: 20_000 })
    const events = collector.events().map(({ event }) => `${event.userId}: ${event.event}`)
    const names = ['Of the client', 'Of the scope']
    expect(events.toSorted()).toEqual(['room', 'worker'].flatMap((user) => names.map((name) => `${user}: ${name}`)))
    expect(collector.requests()).toHaveLength(2)
    expect(logs).toEqual([])
  } finally {
    await mf.dispose()
    await collector.close()
  }
})
