import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import listCases from './cases.cjs'
import { COLLECTOR_URL, eventsOf, httpClient } from './collector.cjs'

// With a query each time another copy: what is in node_modules is not loaded by vitest, so `vi.resetModules` does not forget it.
let copyCount = 0
const loadPackage = async () => {
  const query = `?copy=${copyCount++}`
  const load = (subpath) => import(/* @vite-ignore */ `./node_modules/analytics-edge/dist/${subpath}.js${query}`)
  return { core: await load('index'), lambda: await load('lambda'), vercel: await load('vercel') }
}

const USUAL = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'Date', 'performance']
const MODES = {
  'the usual': { options: undefined, client: {} },
  // The fetch of Node stands still with queueMicrotask.
  all: { options: { toFake: [...USUAL, 'queueMicrotask'] }, client: { httpClient } },
}

afterEach(() => vi.useRealTimers())

describe.each(Object.entries(MODES))('under %s fake timers of vitest', (mode, { options, client }) => {
  describe.each(['before the package is loaded', 'after the package was loaded'])('installed %s', (when) => {
    let modules

    beforeEach(async () => {
      if (when.startsWith('before')) vi.useFakeTimers(options)
      modules = await loadPackage()
      vi.useFakeTimers(options)
    })

    test.each(Object.keys(listCases({ core: {} })))('%s ends', async (name) => {
      const writeKey = `vitest ${mode} ${when} ${name}`
      const settings = (more) => ({ writeKey, host: COLLECTOR_URL, ...client, ...more })
      const { run, eventCount } = listCases(modules, settings)[name]
      await run()
      vi.useRealTimers()
      expect(await eventsOf(writeKey)).toHaveLength(eventCount)
    })

    test('everything finishes with disable, and no timer is left', async () => {
      const cases = listCases(modules, (more) => ({ writeKey: 'k', disable: true, ...more }))
      for (const { run } of Object.values(cases)) await run()
      expect(vi.getTimerCount()).toBe(0)
      new modules.core.Analytics({ writeKey: 'k', disable: true }).track({ userId: 'u1', event: 'E' })
      await Promise.resolve()
      expect(vi.getTimerCount()).toBe(0)
    })
  })
})

test('a test may advance its clock to flushInterval', async () => {
  const { core } = await loadPackage()
  vi.useFakeTimers()
  const client = new core.Analytics({ writeKey: 'vitest flushInterval', host: COLLECTOR_URL, flushInterval: 60_000 })
  const delivered = new Promise((resolve) => client.track({ userId: 'u1', event: 'E' }, resolve))
  await vi.advanceTimersByTimeAsync(59_000)
  expect(client.pendingCount).toBe(1)
  await vi.advanceTimersByTimeAsync(1_000)
  await delivered
  vi.useRealTimers()
  expect(await eventsOf('vitest flushInterval')).toHaveLength(1)
})
