const listCases = require('./cases.cjs')
const { COLLECTOR_URL, eventsOf } = require('./collector.cjs')

const loadPackage = () => ({
  core: require('analytics-edge'),
  lambda: require('analytics-edge/lambda'),
  vercel: require('analytics-edge/vercel'),
})

let writeKey
const settings = (more) => ({ writeKey, host: COLLECTOR_URL, ...more })
const disabled = (more) => ({ writeKey, disable: true, ...more })

const MODES = {
  modern: {},
  'modern, with microtasks': { doNotFake: ['queueMicrotask', 'nextTick'] },
  legacy: { legacyFakeTimers: true },
}

afterEach(() => jest.useRealTimers())

describe.each(Object.entries(MODES))('under the %s fake timers of jest', (mode, options) => {
  describe.each(['before the package is loaded', 'after the package was loaded'])('installed %s', (when) => {
    let sent
    let unsent

    beforeEach(() => {
      jest.resetModules()
      if (when.startsWith('before')) jest.useFakeTimers(options)
      const modules = loadPackage()
      jest.useFakeTimers(options)
      sent = listCases(modules, settings)
      unsent = listCases(modules, disabled)
    })

    test.each(Object.keys(listCases(loadPackage(), settings)))('%s ends', async (name) => {
      writeKey = `jest ${mode} ${when} ${name}`
      await sent[name].run()
      jest.useRealTimers()
      expect(await eventsOf(writeKey)).toHaveLength(sent[name].eventCount)
    })

    test('everything finishes with disable, and no timer is left', async () => {
      for (const { run } of Object.values(unsent)) await run()
      expect(jest.getTimerCount()).toBe(0)
      ;new (require('analytics-edge').Analytics)(disabled()).track({ userId: 'u1', event: 'E' })
      await Promise.resolve()
      expect(jest.getTimerCount()).toBe(0)
    })
  })
})

test('a test may advance its clock to flushInterval', async () => {
  jest.useFakeTimers()
  const { Analytics } = require('analytics-edge')
  const client = new Analytics({ writeKey: 'jest flushInterval', host: COLLECTOR_URL, flushInterval: 60_000 })
  const delivered = new Promise((resolve) => client.track({ userId: 'u1', event: 'E' }, resolve))
  await jest.advanceTimersByTimeAsync(59_000)
  expect(client.pendingCount).toBe(1)
  await jest.advanceTimersByTimeAsync(1_000)
  await delivered
  jest.useRealTimers()
  expect(await eventsOf('jest flushInterval')).toHaveLength(1)
})
