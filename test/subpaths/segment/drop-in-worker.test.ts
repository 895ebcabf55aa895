import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const entry = fileURLToPath(new URL('segment-worker.ts', import.meta.url))

let collector: Collector
let worker: Awaited<ReturnType<typeof startWorkerd>>

beforeEach(async () => {
  collector = await startCollector()
})
afterEach(async () => {
  await worker.mf.dispose()
  await collector.close()
})

describe.each(WORKERDS)('on Workers, the $age build', (build) => {
  test('the drop-in binds each call to its request, and can replace the wrapper’s client', async () => {
    const script = await bundleWorker(entry)
    const bindings = { SEGMENT_HOST: collector.url }
    worker = await startWorkerd({ modules: true, script, compatibilityDate: COMPATIBILITY_DATE, bindings }, build)
    collector.fail({ delayMs: 200 })
    const paths = ['/?user=a', '/?user=b', '/wrapped']
    const answers = await Promise.all(paths.map(async (path) => (await fetch(worker.url + path)).text()))
    expect(answers).toEqual(['undefined', 'undefined', 'undefined'])
    await vi.waitFor(() => expect(collector.events()).toHaveLength(4), { timeout: 20_000 })
    const names = collector.events().map(({ event }) => `${event.userId} ${event.event}`)
    expect(names.sort()).toEqual(['a Left', 'b Left', 'wrapped On the client', 'wrapped On the scope'])
    expect(worker.logs.join('')).toBe('')
  })
})
