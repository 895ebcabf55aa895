// Details by which a program notices that its library was replaced, and that generated programs do not reach.
import { Analytics as Reference } from '@segment/analytics-node'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import Default, { Analytics, Context, FetchHTTPClient, ValidationError } from '../../src/index.ts'
import { createClient, openCollector, receivedNames, recordErrors } from '../support/client.ts'

const collector = await openCollector()

beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

describe('the methods of a client', () => {
  test('work when detached, since the reference binds them', async () => {
    const client = createClient(collector)
    const { track, identify, page, screen, group, alias, flush, register, deregister, on, once, off, emit, scope } =
      client
    const told: unknown[] = []
    const listener = (ctx: { event: { type: string } }) => told.push(ctx.event.type)
    on('track', listener)
    once('page', listener)
    on('screen', listener)
    off('screen', listener)
    emit('register', ['by hand'])
    await register({ name: 'p', type: 'enrichment' })
    await deregister('p')
    track({ userId: 'u1', event: 'E' })
    identify({ userId: 'u1' })
    page({ userId: 'u1' })
    screen({ userId: 'u1' })
    group({ userId: 'u1', groupId: 'g1' })
    alias({ userId: 'u1', previousId: 'p1' })
    await Promise.resolve().then(flush as () => Promise<unknown>)
    expect(scope({ userId: 'u1' }).pendingCount).toBe(0)
    expect(collector.events().map(({ type }) => type)).toEqual([
      'track',
      'identify',
      'page',
      'screen',
      'group',
      'alias',
    ])
    expect(told).toEqual(['track', 'page'])
    const { closeAndFlush } = client
    expect(await closeAndFlush()).toEqual({ delivered: 0, failed: 0 })
  })

  test('are own fields, like those of the reference, and a subclass may override them', async () => {
    class Prefixed extends Analytics {
      override track(...[params, callback]: Parameters<Analytics['track']>): ReturnType<Analytics['track']> {
        return super.track({ ...params, event: `My ${params.event}` }, callback)
      }
    }
    const client = new Prefixed({ writeKey: 'k', host: collector.url })
    expect(Object.keys(client)).toContain('track')
    expect(Object.keys(new Reference({ writeKey: 'k', host: collector.url }))).toContain('track')
    const { track } = client
    track({ userId: 'u1', event: 'E' })
    await client.closeAndFlush()
    expect(receivedNames(collector)).toEqual(['My E'])
  })

  test('chain if they add or remove listeners, or emit', () => {
    const client = createClient(collector)
    const listener = vi.fn()
    expect(client.on('drained', listener).once('drained', listener).emit('drained').off('drained', listener)).toBe(
      client,
    )
    expect(listener).toHaveBeenCalledTimes(2)
  })
})

test('null counts as no callback', async () => {
  const client = createClient(collector)
  const errors = recordErrors(client)
  // A cast: programs in JavaScript pass it.
  const none = null as unknown as undefined
  client.track({ userId: 'u1', event: 'E' }, none)
  client.identify({ userId: 'u1' }, none)
  expect(await client.flush()).toEqual({ delivered: 2, failed: 0 })
  expect(errors).toEqual([])
})

test('ready is a promise, VERSION is a version, and the default export is the class', async () => {
  const client = createClient(collector)
  expect(client.ready).toBeInstanceOf(Promise)
  expect(await client.ready).toBeUndefined()
  expect(client.VERSION).toMatch(/^\d+\.\d+\.\d+/)
  expect(Default).toBe(Analytics)
})

test('the default export has the named exports, as Node provides them for a CommonJS package', () => {
  const pkg = Default
  const { Analytics: Class, Context: ContextClass, FetchHTTPClient: ClientClass } = pkg
  expect([Class, pkg.default, ContextClass, ClientClass]).toEqual([Analytics, Analytics, Context, FetchHTTPClient])
  const client: Analytics = new pkg.Analytics({ writeKey: 'k', disable: true })
  expect(client).toBeInstanceOf(Analytics)
  class Mine extends Analytics {}
  expect(Mine.Analytics).toBe(Mine)
})

test('correct use writes nothing to the console', async () => {
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => vi.spyOn(console, name))
  const client = createClient(collector, { maxEventsInBatch: 2, maxTotalBackoffDuration: 1, maxRateLimitDuration: 1 })
  await client.register({ name: 'p', type: 'enrichment' })
  client.track({ userId: 'u1', event: 'E' })
  await Promise.all([client.flush(), client.flush(), client.closeAndFlush()])
  client.track({ userId: 'u1', event: 'Late' })
  for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})

describe('settings of the reference', () => {
  test('include maxEventsInBatch, an alias of flushAt, which takes precedence', async () => {
    const [old, both] = [
      createClient(collector, { maxEventsInBatch: 2 }),
      createClient(collector, { maxEventsInBatch: 2, flushAt: 4 }),
    ]
    for (const client of [old, both]) {
      for (const event of ['1', '2', '3', '4']) client.track({ userId: 'u1', event })
      await client.flush()
    }
    expect(collector.requests().map(({ eventCount }) => eventCount)).toEqual([2, 2, 4])
  })

  test.each([
    ['maxEventsInBatch', 0],
    ['maxTotalBackoffDuration', -1],
    ['maxRateLimitDuration', '60'],
  ])('are checked: %s', (name, value) => {
    expect(() => new Analytics({ writeKey: 'k', [name]: value })).toThrow(ValidationError)
  })

  test('include maxTotalBackoffDuration, which stops the retries of a batch with its last reason', async () => {
    collector.fail({ status: 500 })
    const client = createClient(collector, { maxRetries: 100, minRetryDelay: 5, maxTotalBackoffDuration: 0.2 })
    const errors = recordErrors(client)
    client.track({ userId: 'u1', event: 'E' })
    expect(await client.flush()).toEqual({ delivered: 0, failed: 1 })
    expect(errors).toMatchObject([{ reason: { code: 'ERR_HTTP_STATUS', status: 500 } }])
    const count = collector.requests().length
    expect(count).toBeGreaterThan(1)
    expect(count).toBeLessThan(101)
  })

  test('do not count pauses requested by the server against maxTotalBackoffDuration', async () => {
    collector.fail({ retryAfter: 1, times: 1 })
    const client = createClient(collector, { maxTotalBackoffDuration: 0 })
    client.track({ userId: 'u1', event: 'E' })
    expect(await client.flush()).toEqual({ delivered: 1, failed: 0 })
  })

  test('include maxRateLimitDuration, which limits pauses requested by the server', async () => {
    collector.fail({ retryAfter: 1 })
    const client = createClient(collector, { maxRateLimitDuration: 1.5 })
    const errors = recordErrors(client)
    client.track({ userId: 'u1', event: 'E' })
    expect(await client.flush()).toEqual({ delivered: 0, failed: 1 })
    expect(errors).toMatchObject([{ reason: { code: 'ERR_HTTP_STATUS', status: 429 } }])
    expect(collector.requests()).toHaveLength(2)
  })

  test('count maxRateLimitDuration for each batch, from its own first 429', async () => {
    const client = createClient(collector, { maxRateLimitDuration: 1.5 })
    for (const event of ['1', '2', '3']) {
      collector.fail({ retryAfter: 1, times: 1 })
      client.track({ userId: 'u1', event })
      expect(await client.flush()).toEqual({ delivered: 1, failed: 0 })
    }
  })

  test('keep a path in the host, with or without a trailing slash', async () => {
    const urls: string[] = []
    const httpClient = async (url: string) => {
      urls.push(url)
      return { status: 200, statusText: 'OK' }
    }
    for (const host of ['https://p.example.com/segment', 'https://p.example.com/segment/', 'https://p.example.com']) {
      await createClient(collector, { host, httpClient }).track({ userId: 'u1', event: 'E' })
    }
    expect(urls).toEqual([
      'https://p.example.com/segment/v1/batch',
      'https://p.example.com/segment/v1/batch',
      'https://p.example.com/v1/batch',
    ])
  })
})
