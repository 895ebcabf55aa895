import { Analytics } from 'analytics-edge'
import { assertNotTracked, assertTracked, captureAnalytics, createTestAnalytics } from 'analytics-edge/testing'
import { afterEach, describe, expect, test } from 'vitest'

const EVENT = { userId: 'u1', event: 'Order Placed' }

const open: { restore(): void }[] = []
const create = (...settings: Parameters<typeof createTestAnalytics>) => {
  const capture = createTestAnalytics(...settings)
  open.push(capture)
  return capture
}
afterEach(() => {
  for (const { restore } of open.splice(0)) restore()
})

describe('lists that a test freezes or changes', () => {
  test('grow on, in a new array, and a frozen request keeps its status', async () => {
    const capture = create()
    const { events } = capture
    capture.respond({ delay: 20 })
    for (const list of [events, capture.delivered, capture.failed, capture.requests]) Object.freeze(list)
    capture.analytics.track(EVENT)
    await capture.waitFor('Order Placed')
    capture.analytics.on('http_request', () => void Promise.resolve().then(() => capture.requests.map(Object.freeze)))
    await capture.settled()
    expect(events).toEqual([])
    expect([capture.events.length, capture.delivered.length]).toEqual([1, 1])
    expect(capture.requests.map(({ status }) => status)).toEqual([200])
    Object.freeze(capture.events)
    capture.clear()
    expect(capture.events).toEqual([])
  })

  test('stay as the test leaves them', async () => {
    const { analytics, events, failed, delivered, settled, snapshot, waitFor } = create()
    // The casts: in JavaScript, nothing is read-only.
    const list = events as unknown[]
    analytics.track({ ...EVENT, event: 'A' })
    list.length = 0
    analytics.track({ ...EVENT, event: 'B' })
    await settled()
    expect([events.length, delivered.length, failed.length]).toEqual([1, 2, 0])
    expect(await waitFor('B')).toBe(events[0])
    list.push(null, { type: 'track', timestamp: Symbol('now') })
    expect(snapshot()).toHaveLength(3)
    await expect(waitFor('C', { timeout: 20 })).rejects.toThrow('- null: ')
    expect(() => assertTracked(events, 'C')).toThrow('- null')
  })
})

describe('respond', () => {
  test.each([
    [{ status: '503' }, 'status must be a whole number from 100 to 599; it is of type string'],
    [{ status: 1n }, 'status must be'],
    [{ delay: '1' }, 'delay must be a number of milliseconds from 0 to 2147483647, or Infinity'],
    [{ delay: Number.NaN }, 'delay must be'],
    [{ times: Number.POSITIVE_INFINITY }, 'times must be a whole number above 0'],
    [{ headers: 5 }, 'headers must be an object of texts'],
    [{ headers: new Headers({ 'Retry-After': '1' }) }, 'headers must be an object of texts'],
    [{ headers: { 'Retry-After': 1 } }, 'headers.Retry-After must be text; it is 1'],
    [{ headers: { 'Retry After': '1' } }, 'headers has "Retry After", which is no name of a header'],
    [{ body: {} }, 'body must be text'],
    [{ error: 'reset' }, 'error must be an Error'],
  ])('rejects %o, and says what is allowed', (answer, message) => {
    expect(() => create().respond(answer as never)).toThrow(message)
  })

  test('keeps the answers as they were given, and takes errors that are not of this realm', async () => {
    const { analytics, respond, failed } = create({ maxRetries: 0 })
    const answer = { status: 401 }
    respond(answer)
    answer.status = Number.NaN
    await analytics.track(EVENT)
    expect(failed[0]?.reason.status).toBe(401)
    const { runInNewContext } = await import('node:vm')
    respond({ error: runInNewContext('new Error("foreign")') })
    await analytics.track(EVENT)
    expect(failed[1]?.reason.message).toContain('foreign')
  })
})

describe('messages', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  const bare = Object.create(null, { id: { value: 1n, enumerable: true } })
  const thrower = {
    get total() {
      throw new Error('boom')
    },
  }
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
  test.each([
    [1n, '1n'],
    [{ total: 1n }, '{"total":1n}'],
    [bare, '{"id":1n}'],
    [cyclic, '{"self":[circular]}'],
    [thrower, '{"total":[unreadable]}'],
    [Symbol('s'), 'Symbol(s)'],
    [() => {}, '[function '],
    [new Map(), '[object Map]'],
    [new Date(Number.NaN), 'null'],
    [Proxy.revocable({}, {}), '{"proxy":{},"revoke":[function without a name]}'],
    [deep, '[[[[[[[[[[…]]]]]]]]]]'],
    ['x'.repeat(5_000), 'xxx…'],
  ])('show any value', (value, text) => {
    const events = [{ type: 'track', event: value }] as never
    expect(() => assertTracked(events, 'Order Placed')).toThrow(text)
    expect(() => assertNotTracked(events, { type: 'track' })).toThrow(/an event matches|unreadable/)
  })

  test('show a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(() => assertTracked([{ type: 'track', event: proxy }] as never, 'E')).toThrow('[unreadable]')
  })

  test('show asymmetric matchers as their runner does', () => {
    const { analytics, events } = create()
    analytics.track({ ...EVENT, properties: { total: '1' } })
    expect(() => assertTracked(events, { properties: { total: expect.any(Number) } })).toThrow(
      'properties.total is "1", not Any<Number>',
    )
    const match = expect.objectContaining({ total: 1n })
    expect(() => assertTracked(events, match)).toThrow('the event is {')
  })

  test('name the part of a match that contains itself, or cannot be read', () => {
    const { events } = create()
    expect(() => assertNotTracked(events, { properties: cyclic } as never)).toThrow('properties.self contains itself')
    expect(() => assertNotTracked(events, { properties: thrower } as never)).toThrow(
      'properties.total of the match cannot be read: boom',
    )
  })
})

test('waitFor and createTestAnalytics reject what is not an option', async () => {
  const { waitFor } = create()
  for (const options of [50, null, { timeoutMs: 50 }, { timeout: 0 }])
    await expect(waitFor('E', options as never)).rejects.toThrow(
      /^(options must be an object|options 'timeoutMs'|timeout must be)/,
    )
  expect(() => createTestAnalytics(null as never)).toThrow('settings must be an object')
})

test('settings that are undefined have their defaults', () => {
  expect(() =>
    create({ writeKey: undefined, minRetryDelay: undefined, maxRetryDelay: undefined } as never),
  ).not.toThrow()
})

test('10,000 outcomes in reverse order take a capture little longer than the client alone', async () => {
  const COUNT = 10_000
  const measure = async (isCaptured: boolean) => {
    const analytics = new Analytics({
      writeKey: 'k',
      maxQueueSize: COUNT,
      httpClient: async () => ({ status: 200, statusText: '' }),
    })
    const releases: (() => void)[] = []
    await analytics.register({
      name: 'p',
      type: 'before',
      track: (ctx) => new Promise((resolve) => releases.unshift(() => resolve(ctx))),
    })
    const capture = isCaptured ? captureAnalytics(analytics) : undefined
    for (let index = 0; index < COUNT; index++) analytics.track(EVENT)
    while (releases.length < COUNT) await new Promise((resolve) => setTimeout(resolve))
    const startMs = performance.now()
    for (const release of releases) release()
    await (capture ? capture.settled() : analytics.flush())
    const tookMs = performance.now() - startMs
    if (capture) expect(capture.delivered).toHaveLength(COUNT)
    capture?.restore()
    return tookMs
  }
  await measure(false)
  const alone = await measure(false)
  expect(await measure(true)).toBeLessThan(alone * 10 + 200)
}, 60_000)
