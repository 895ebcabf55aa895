/** @jest-environment jsdom */

const listCases = require('./cases.cjs')
const { COLLECTOR_URL, eventsOf, httpClient } = require('./collector.cjs')

const globals = Object.getOwnPropertyDescriptors(globalThis)
afterEach(() => Object.defineProperties(globalThis, { crypto: globals.crypto }))

/** As the jsdom of other versions of jest has it. */
const WITHOUT = {
  nothing: () => {},
  'crypto.randomUUID': () => Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true }),
  crypto: () => Reflect.deleteProperty(globalThis, 'crypto'),
}

describe.each(Object.entries(WITHOUT))('in a jsdom without %s', (lacking, remove) => {
  let cases
  let modules

  beforeEach(() => {
    remove()
    jest.resetModules()
    modules = {
      core: require('analytics-edge'),
      lambda: require('analytics-edge/lambda'),
      vercel: require('analytics-edge/vercel'),
    }
  })

  test('lacks TextEncoder and fetch as well', () => {
    expect([typeof TextEncoder, typeof fetch]).toEqual(['undefined', 'undefined'])
  })

  test('loads each subpath', () => {
    for (const subpath of ['lambda', 'node', 'vercel', 'workers']) {
      expect(Object.keys(require(`analytics-edge/${subpath}`))).not.toEqual([])
    }
    expect(require('analytics-edge/node').flushOnExit(new modules.core.Analytics({ writeKey: 'k' }))).toBeInstanceOf(
      Function,
    )
  })

  test.each(Object.keys(listCases({ core: {} })))('with disable, %s ends', async (name) => {
    cases = listCases(modules, (more) => ({ writeKey: 'k', disable: true, ...more }))
    await cases[name].run()
  })

  test.each(Object.keys(listCases({ core: {} })))('with an HTTP client, %s ends', async (name) => {
    const writeKey = `jsdom ${lacking} ${name}`
    cases = listCases(modules, (more) => ({ writeKey, host: COLLECTOR_URL, httpClient, ...more }))
    await cases[name].run()
    expect(await eventsOf(writeKey)).toHaveLength(cases[name].eventCount)
  })

  test('delivers text beyond ASCII, even in the write key, and message ids that are UUIDs', async () => {
    const writeKey = `jsdom é€😀 ${lacking}`
    const client = new modules.core.Analytics({ writeKey, host: COLLECTOR_URL, httpClient })
    await client.track({ userId: 'é€😀\ud83d', event: 'x'.repeat(100) })
    const [event] = await eventsOf(writeKey)
    expect(event.userId).toBe('é€😀\ud83d')
    expect(event.messageId).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  })

  test('measures an event in bytes', async () => {
    const client = new modules.core.Analytics({ writeKey: 'k', disable: true }).on('error', () => {})
    const outcomes = await Promise.all(
      ['a', 'é', '€', '😀'].map((char) => client.track({ userId: 'u1', event: char.repeat(10_900) })),
    )
    expect(outcomes.map(({ error }) => error?.message.match(/takes (\d+) bytes/)?.[1])).toEqual([
      undefined,
      undefined,
      expect.any(String),
      expect.any(String),
    ])
  })
})

test('fails an event without fetch and an HTTP client, and says why', async () => {
  const { Analytics } = require('analytics-edge')
  const client = new Analytics({ writeKey: 'k', maxRetries: 0 }).on('error', () => {})
  const { error } = await client.track({ userId: 'u1', event: 'E' })
  expect(error).toMatchObject({ code: 'ERR_NETWORK', message: expect.stringContaining('fetch is not defined') })
})
