// What a program relies on without saying so, on the built package: copies of the module systems, doubles, odd settings.
import { generateKeyPairSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { inspect } from 'node:util'
import { Analytics as Reference } from '@segment/analytics-node'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { measureSize } from '../../../bench/measure-size.ts'
import { ROOT } from '../../../bench/root.ts'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { Analytics, Context, default as Default, FetchHTTPClient } from '../../../dist/segment.js'

const common: typeof import('../../../dist/segment.cjs') = createRequire(import.meta.url)('../../../dist/segment.cjs')

let collector: Collector
beforeAll(async () => {
  collector = await startCollector()
  return () => collector.close()
})
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
  collector.clear()
})

const EVENT = { userId: 'u1', event: 'E' }
const warnings = () => vi.mocked(console.warn).mock.calls.map(([text]) => String(text))
// The casts: what a program in JavaScript may give is the subject.
const create = (settings: object) => new Analytics({ writeKey: 'k', host: collector.url, ...settings } as never)
const createReference = (settings: object) =>
  new Reference({ writeKey: 'k', host: collector.url, ...settings } as never)

test('costs at most half a kilobyte over the client', async () => {
  const [main, dropIn] = await Promise.all(
    ['analytics-edge', 'analytics-edge/segment'].map((name) =>
      measureSize(`export { Analytics } from '${name}'`, ROOT),
    ),
  )
  expect(dropIn).toBeGreaterThan(main ?? 0)
  expect((dropIn ?? 0) - (main ?? 0)).toBeLessThanOrEqual(512)
})

describe('copies of the package', () => {
  test('recognise each other’s instances, but not those of a subclass', () => {
    class Mine extends Analytics {}
    const [ours, theirs] = [create({}), new common.Analytics({ writeKey: 'k' })]
    expect([ours instanceof common.Analytics, theirs instanceof Analytics]).toEqual([true, true])
    expect([new Mine({ writeKey: 'k' }) instanceof common.Analytics, theirs instanceof Mine]).toEqual([true, false])
    for (const other of [{}, null, undefined, 5, { ...ours }])
      expect((other as unknown) instanceof Analytics).toBe(false)
  })

  test('have compatible types', () => {
    const take = (client: Analytics): void => client.track(EVENT)
    const takeCommon = (client: InstanceType<typeof common.Analytics>): void => client.track(EVENT)
    take(new common.Analytics({ writeKey: 'k', disable: true }))
    takeCommon(create({ disable: true }))
    const ctx: Context = new common.Context({ type: 'track' })
    expect(ctx.event.type).toBe('track')
  })

  test('show the names of their classes', () => {
    for (const { Analytics: Client, Context: Ctx, FetchHTTPClient: Fetch } of [
      { Analytics, Context, FetchHTTPClient },
      common,
    ]) {
      const names = [Client, Ctx, Fetch].map((Class) => (Class as unknown as { name: string }).name)
      expect(names).toEqual(['Analytics', 'Context', 'FetchHTTPClient'])
      expect(inspect(new Ctx({ type: 'track', event: 'E' }))).toMatch(/^Context \{/)
    }
  })

  test('have their classes on the default export', () => {
    const pkg = Default
    expect([pkg, pkg.Analytics, pkg.default]).toEqual([Analytics, Analytics, Analytics])
    expect([pkg.Context, pkg.FetchHTTPClient]).toEqual([Context, FetchHTTPClient])
  })
})

describe('calls of the drop-in', () => {
  test('return nothing, and flushes resolve with nothing', async () => {
    const client = create({})
    const returned = [
      client.track(EVENT),
      client.identify({ userId: 'u1' }),
      client.alias({ userId: 'u1', previousId: 'p' }),
    ]
    const resolved = [
      await client.flush(),
      await client.register(),
      await client.deregister('x'),
      await client.closeAndFlush(),
    ]
    expect([...returned, ...resolved]).toEqual(Array(7).fill(undefined))
    expect(collector.events()).toHaveLength(3)
  })

  test('do not wait if awaited, and share a request', async () => {
    collector.fail({ delayMs: 300, times: 1 })
    const client = create({})
    const startMs = performance.now()
    for (let count = 0; count < 10; count++) await client.track(EVENT)
    expect(performance.now() - startMs).toBeLessThan(300)
    await client.closeAndFlush()
    expect(collector.requests().filter(({ status }) => status === 200)).toHaveLength(1)
    expect(collector.events()).toHaveLength(10)
  })

  test.each([0, null, Number.NaN, '5000', undefined, () => {}, 5, 0.5, Number.POSITIVE_INFINITY])(
    'flush with %s as the timeout',
    async (timeout) => {
      const client = create({})
      client.track(EVENT)
      expect(await client.flush({ timeout } as never)).toBeUndefined()
      client.track(EVENT)
      expect(await client.closeAndFlush((timeout as never) ?? undefined)).toBeUndefined()
      expect(collector.events()).toHaveLength(2)
    },
  )

  test('end a flush at its timeout', async () => {
    collector.fail({ hang: true, times: 1 })
    const client = create({ maxRetries: 0 })
    client.on('error', () => {})
    client.track(EVENT)
    const startMs = performance.now()
    await client.flush({ timeout: -1 })
    expect(performance.now() - startMs).toBeLessThan(5_000)
  })

  test('leave out anything but a plugin, and name it', async () => {
    const client = create({})
    const names: string[] = []
    const plugin = (name: string, type: string) => ({
      name,
      type,
      isLoaded: () => true,
      load: async () => {},
      track: (ctx: Context) => {
        names.push(name)
        return ctx
      },
    })
    await client.register(plugin('good', 'before') as never, plugin('bad', 'middle') as never)
    client.track(EVENT)
    await client.flush()
    expect(names).toEqual(['good'])
    expect(warnings()).toEqual([expect.stringContaining("'bad'")])
  })
})

describe('a setting that Segment’s library tolerates has the same effect, and causes one warning', () => {
  /** The requests of a few calls, as an HTTP client sees them. */
  const observe = async (make: typeof create | typeof createReference, settings: object, status: number) => {
    const requests: string[] = []
    const httpClient = async (url: string, { body }: { body: string }) => {
      requests.push(`${new URL(url)} ${JSON.parse(body).batch.length}`)
      return { status, statusText: 'As told' }
    }
    const client = make({ host: undefined, httpClient, ...settings })
    client.on('error', () => {})
    for (let count = 0; count < 4; count++) client.track(EVENT)
    await client.closeAndFlush()
    return requests
  }

  test.each<[name: string, value: unknown, status?: number]>([
    ['host', null],
    ['host', 'https://events.example.com?a=1'],
    ['path', null],
    ['path', ''],
    ['path', 'v2/batch'],
    ['flushAt', '1'],
    ['flushAt', '3'],
    ['flushAt', 0],
    ['flushAt', -1],
    ['flushAt', ''],
    ['flushAt', true],
    ['flushAt', null],
    ['flushAt', 'many'],
    ['flushAt', Number.POSITIVE_INFINITY],
    ['maxEventsInBatch', '2'],
    ['flushInterval', '20'],
    ['flushInterval', null],
    ['httpRequestTimeout', '5000'],
    ['maxRetries', '0', 500],
    ['maxRetries', -1, 500],
    ['maxTotalBackoffDuration', '60'],
    ['maxTotalBackoffDuration', null],
    ['maxRateLimitDuration', '60'],
    ['disable', ''],
    ['disable', null],
    ['disable', 0],
    ['disable', 1],
    ['disable', 'true'],
    ['oauthSettings', null],
    ['oauthSettings', false],
    ['oauthSettings', ''],
    ['path', false],
    ['flushAt', [2]],
    ['flushAt', {}],
    ['flushAt', false],
    ['flushAt', 0.5],
    ['flushInterval', {}],
    ['httpRequestTimeout', {}],
    ['maxRetries', []],
    ['maxTotalBackoffDuration', {}],
    ['anonymousId', {}],
    ['defaults', { properties: 5 }],
    ['pluginTimeout', {}],
    ['onUndelivered', {}],
    ['failWhenFull', true],
    ['redactCredentials', 0],
  ])('%s: %j', async (name, value, status = 200) => {
    const expected = await observe(createReference, { [name]: value }, status)
    vi.mocked(console.warn).mockClear()
    expect(await observe(create, { [name]: value }, status)).toEqual(expected)
    expect(warnings()).toEqual([expect.stringContaining(name)])
  })

  test.each([[123], [true], [new String('abc')], [' ']])('writeKey: %j', async (writeKey) => {
    const expected = await observe(createReference, { writeKey }, 200)
    expect(await observe(create, { writeKey }, 200)).toEqual(expected)
    expect(warnings()).toEqual([expect.stringContaining('writeKey')])
  })

  test('may be an instance of a class, with getters, and inherited', async () => {
    class Settings {
      protected readonly values = { key: 'k', size: '2' }
      get writeKey() {
        return this.values.key
      }
      get flushAt() {
        return this.values.size
      }
    }
    // The casts: a size that is a text is the subject.
    const make = (settings: object) => new Analytics(Object.assign(new Settings(), settings) as never)
    const makeReference = (settings: object) => new Reference(Object.assign(new Settings(), settings) as never)
    const expected = await observe(makeReference, {}, 200)
    expect(await observe(make, {}, 200)).toEqual(expected)
    expect(warnings()).toContainEqual(expect.stringContaining('flushAt'))
  })

  test('sends at once if flushInterval is invalid', async () => {
    for (const flushInterval of [Number.NaN, 'soon', 2 ** 31, Number.POSITIVE_INFINITY]) {
      collector.clear()
      create({ flushInterval }).track(EVENT)
      await vi.waitFor(() => expect(collector.events()).toHaveLength(1))
    }
  })

  test.each([{ maxRetries: '3' }, { maxRetries: -1 }, { httpClient: null }, { tokenCache: null }, { scope: '' }])(
    'oauthSettings: %j',
    async (part) => {
      const tokens: string[] = []
      const httpClient = async (url: string, { headers }: { headers: Record<string, string> }) => {
        if (url.endsWith('/token')) return Response.json({ access_token: 't1', expires_in: 60 })
        tokens.push(String(headers.Authorization))
        return new Response()
      }
      const { privateKey } = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      })
      for (const make of [createReference, create]) {
        const client = make({
          httpClient,
          oauthSettings: { clientId: 'c', keyId: 'k', clientKey: privateKey, ...part },
        })
        client.track(EVENT)
        await client.closeAndFlush()
      }
      expect(tokens).toEqual(['Bearer t1', 'Bearer t1'])
    },
  )

  test.each([{ httpClient: {} }, { oauthSettings: {} }, { writeKey: ' ' }, { host: 'ws://example.com' }])(
    'never fails with disable: %j',
    async (settings) => {
      const client = create({ disable: true, ...settings })
      const reasons: unknown[] = []
      client.on('error', ({ reason }) => reasons.push(reason))
      const ctx = await new Promise((resolve) => client.track(EVENT, (_, given) => resolve(given)))
      expect([reasons, ctx]).toEqual([[], expect.any(Context)])
    },
  )

  test("rejected by a subclass throws the subclass's error", () => {
    class Mine extends Analytics {
      get send(): never {
        throw new Error('mine')
      }
    }
    expect(() => new Mine({ writeKey: 'k' })).toThrow('mine')
  })

  test('with an unknown name causes a warning with the nearest one', async () => {
    await observe(create, { retryDelayOptions: { base: 100 }, httpTimeout: 5000 }, 200)
    expect(warnings()).toEqual([
      expect.stringMatching(/'retryDelayOptions'.*'minRetryDelay'/),
      expect.stringMatching(/'httpTimeout'.*'httpRequestTimeout'/),
    ])
  })

  test.each([
    ['httpClient', {}],
    ['oauthSettings', {}],
    ['oauthSettings', { clientId: 5 }],
    ['oauthSettings', { clientId: 'c', keyId: 'k', clientKey: 'x', httpClient: {} }],
    ['oauthSettings', { clientId: 'c', keyId: 'k', clientKey: 'x', authServer: 'http://auth.example.com' }],
    ['host', 'ws://events.example.com'],
  ])('like %s that prevents delivery fails each event with the reason: %j', async (name, value) => {
    const client = create({ [name]: value })
    const reasons: unknown[] = []
    client.on('error', ({ reason }) => reasons.push((reason as Error).message))
    client.track(EVENT)
    await client.closeAndFlush()
    expect(reasons).toEqual([expect.stringContaining(name)])
    expect(warnings()).toContainEqual(expect.stringContaining(`: ${name}`))
  })

  test.each<[string, object | undefined | null]>([
    ['no settings', undefined],
    ['null', null],
    ['no write key', { writeKey: undefined }],
    ['an empty write key', { writeKey: '' }],
    ['an empty host', { writeKey: 'k', host: '' }],
    ['a host without a scheme', { writeKey: 'k', host: 'api.segment.io' }],
  ])("throws if it throws in Segment's library: %s", (_, settings) => {
    expect(() => new Reference(settings as never)).toThrow()
    expect(() => new Analytics(settings as never)).toThrow()
  })

  test('accepts an empty write key with disable', () => {
    expect(create({ writeKey: '', disable: true })).toBeInstanceOf(Analytics)
  })
})
