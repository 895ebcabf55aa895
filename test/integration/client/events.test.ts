import { describe, expect, it, vi } from 'vitest'
import { ValidationError } from '../../../src/index.ts'
import { VERSION } from '../../../src/lib/version.ts'
import { createClient, openCollector, recordErrors } from '../../support/client.ts'

const collector = await openCollector()

const LIBRARY = { name: 'analytics-edge', version: VERSION }
const METADATA = { jsRuntime: 'node', nodeVersion: process.version }
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** The fields that each call may have, and how they arrive. */
const COMMON = {
  userId: '019mr8mf4r',
  anonymousId: '48d213bb-95c3-4f8d-af97-86b2b404dcfe',
  messageId: 'm-1',
  timestamp: new Date('2026-01-02T03:04:05.678Z'),
  context: { ip: '8.8.8.8', traits: { email: 'test@test.com' } },
  integrations: { All: false, Vero: true, 'Google Analytics': { clientId: 'c1' } },
}
const COMMON_ON_WIRE = {
  ...COMMON,
  timestamp: '2026-01-02T03:04:05.678Z',
  context: { ...COMMON.context, library: LIBRARY },
  _metadata: METADATA,
}

type Call = 'track' | 'identify' | 'page' | 'screen' | 'group' | 'alias'

/** Calls as JavaScript does, which no type keeps from passing something wrong. */
function call(name: Call, params: unknown, callback?: unknown) {
  return createClient(collector)[name](params as never, callback as never)
}

async function sent(name: Call, params: unknown): Promise<Readonly<Record<string, unknown>>> {
  await call(name, params)
  const [received, ...others] = collector.events()
  if (!received || others.length > 0) throw new Error(`${collector.events().length} events, not 1`)
  expect(received.problems).toEqual([])
  return received.event
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const field of Object.values(value)) deepFreeze(field)
    Object.freeze(value)
  }
  return value
}

describe('an event with every field of the spec', () => {
  const { anonymousId: _, ...withoutAnonymousId } = COMMON_ON_WIRE
  it.each<[Call, object, object]>([
    ['track', { event: 'Item Purchased', properties: { revenue: 39.95, shippingMethod: '2-day' } }, COMMON_ON_WIRE],
    ['identify', { traits: { name: 'Michael Bolton', plan: 'Enterprise', friends: 42 } }, COMMON_ON_WIRE],
    ['screen', { category: 'Docs', name: 'Node', properties: { url: 'https://x.test' } }, COMMON_ON_WIRE],
    ['group', { groupId: '56', traits: { name: 'Initech' } }, COMMON_ON_WIRE],
    ['alias', { previousId: 'old_id' }, withoutAnonymousId],
  ])('is sent as given by %s, plus the library and the runtime', async (type, own, common) => {
    expect(await sent(type, { ...COMMON, ...own })).toStrictEqual({ type, ...common, ...own })
  })

  it('from page also has its category in the properties', async () => {
    const own = { category: 'Docs', name: 'Node', properties: { path: '/docs', category: 'overwritten' } }
    const properties = { path: '/docs', category: 'Docs' }
    expect(await sent('page', { ...COMMON, ...own })).toStrictEqual({
      type: 'page',
      ...COMMON_ON_WIRE,
      ...own,
      properties,
    })
  })
})

describe('an event with only the required fields', () => {
  const ADDED = { context: { library: LIBRARY }, integrations: {}, _metadata: METADATA }
  it.each<[Call, object, object]>([
    ['track', { userId: 'u1', event: 'A' }, { properties: {} }],
    ['identify', { anonymousId: 'a1' }, { traits: {} }],
    ['page', { userId: 'u1' }, { properties: {} }],
    ['screen', { userId: 'u1' }, { properties: {} }],
    ['group', { userId: 'u1', groupId: 'g1' }, { traits: {} }],
    ['group', { groupId: 'g1' }, { traits: {} }],
    ['alias', { userId: 'u1', previousId: 'p1' }, {}],
  ])('%s %j', async (type, params, defaults) => {
    const beforeMs = Date.now()
    const { messageId, timestamp, ...others } = await sent(type, params)
    expect(others).toStrictEqual({ type, ...params, ...defaults, ...ADDED })
    expect(messageId).toMatch(UUID)
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(Date.parse(String(timestamp))).toBeGreaterThanOrEqual(beforeMs)
    expect(Date.parse(String(timestamp))).toBeLessThanOrEqual(Date.now())
  })

  it('gets its own messageId', async () => {
    const client = createClient(collector)
    await Promise.all([client.track({ userId: 'u1', event: 'A' }), client.track({ userId: 'u1', event: 'A' })])
    expect(new Set(collector.events().map(({ event }) => event.messageId)).size).toBe(2)
  })
})

describe('field values', () => {
  it('are left out if undefined, kept if null, and written as null if NaN or Infinity', async () => {
    const properties = { gone: undefined, nil: null, nan: Number.NaN, inf: -Infinity, at: new Date(0), zero: 0, no: '' }
    const event = await sent('track', { userId: 'u1', anonymousId: undefined, event: 'A', properties })
    expect(event.properties).toStrictEqual({
      nil: null,
      nan: null,
      inf: null,
      at: '1970-01-01T00:00:00.000Z',
      zero: 0,
      no: '',
    })
    expect(Object.keys(event)).not.toContain('anonymousId')
  })

  it('keep a string timestamp unchanged', async () => {
    const timestamp = '2019-02-03T04:05:06+02:00'
    expect(await sent('track', { userId: 'u1', event: 'A', timestamp })).toMatchObject({ timestamp })
  })

  it.each(['name', 'category'])('leave out a %s that is null in page and screen', async (field) => {
    const client = createClient(collector)
    const params = { userId: 'u1', [field]: null }
    await Promise.all([client.page(params), client.screen(params)])
    expect(collector.events()).toHaveLength(2)
    for (const { event } of collector.events()) {
      expect(event).not.toHaveProperty(field)
      expect(event.properties).toEqual({})
    }
  })

  it.each<Call>(['track', 'identify', 'page', 'screen', 'group', 'alias'])(
    'stay unchanged in the objects that %s is given',
    async (type) => {
      const own = {
        event: 'A',
        groupId: 'g1',
        previousId: 'p1',
        category: 'c',
        properties: { a: { b: 1 } },
        traits: {},
      }
      const params = { ...structuredClone(COMMON), ...own }
      const before = structuredClone(params)
      await sent(type, deepFreeze(params))
      expect(params).toStrictEqual(before)
    },
  )
})

describe('context', () => {
  it('merges that of a call over that of its scope, and sets the library', async () => {
    const context = { ip: '1.1.1.1', locale: 'en', app: { name: 'shop' }, library: { name: 'theirs', extra: 1 } }
    const scope = createClient(collector).scope({ context: deepFreeze(context) })
    await scope.track({ userId: 'u1', event: 'A', context: deepFreeze({ ip: '2.2.2.2', page: { path: '/' } }) })
    expect(collector.events()[0]?.event.context).toStrictEqual({
      ip: '2.2.2.2',
      locale: 'en',
      app: { name: 'shop' },
      page: { path: '/' },
      library: { ...LIBRARY, extra: 1 },
    })
  })

  it('is not shared between events: a listener that changes one changes no other', async () => {
    const client = createClient(collector)
    client.once('track', ({ event }) => {
      event.context.library.name = 'changed'
      event._metadata.jsRuntime = 'changed'
    })
    await client.track({ userId: 'u1', event: 'A' })
    await client.track({ userId: 'u1', event: 'B' })
    expect(collector.events()[1]?.event).toMatchObject({ context: { library: LIBRARY }, _metadata: METADATA })
  })
})

describe('the defaults of a scope', () => {
  it('fill in the ids that a call leaves out, and no others', async () => {
    const scope = createClient(collector).scope({ userId: 'u0', anonymousId: 'a0' })
    scope.track({ event: 'A' })
    scope.track({ event: 'B', userId: 'u1' })
    scope.track({ event: 'C', anonymousId: 'a1' })
    scope.alias({ userId: 'u2', previousId: 'p2' })
    await scope.flush()
    const ids = collector.events().map(({ event: { userId, anonymousId } }) => [userId, anonymousId])
    expect(ids).toEqual([
      ['u0', 'a0'],
      ['u1', 'a0'],
      ['u0', 'a1'],
      ['u2', undefined],
    ])
  })
})

const NO_ID = '.userId/anonymousId/previousId/groupId'
const TRACK = { userId: 'u1', event: 'A' }

describe("a call for which Segment's library throws", () => {
  const track = TRACK
  it.each<[string, Call, unknown, string]>([
    ['no id', 'track', { event: 'A' }, NO_ID],
    ['ids that are null', 'identify', { userId: null, anonymousId: null }, NO_ID],
    ['a userId that is a number', 'track', { userId: 5, event: 'A' }, '.userId'],
    ['a track without event', 'track', { userId: 'u1' }, '.event'],
    ['an event that is a number', 'track', { userId: 'u1', event: 1 }, '.event'],
    ['properties that are an array', 'track', { ...track, properties: [] }, '.properties'],
    ['traits that are a Date', 'identify', { userId: 'u1', traits: new Date() }, '.traits'],
    ['traits that are a number', 'group', { groupId: 'g1', traits: 1 }, '.traits'],
    ['a messageId that is a number', 'track', { ...track, messageId: 1 }, '.messageId'],
    ['no parameters', 'track', undefined, 'params'],
    ['an id in place of the parameters', 'identify', 'u1', 'params'],
  ])('throws a ValidationError and sends nothing: %s: %s', async (_, type, params, field) => {
    const client = createClient(collector)
    // A cast, since the types would not take the call either.
    const mistaken = () => client[type](params as never)
    expect(mistaken).toThrow(ValidationError)
    expect(mistaken).toThrow(expect.objectContaining({ name: 'ValidationError', code: 'ERR_VALIDATION', field }))
    expect(await client.flush()).toEqual({ delivered: 0, failed: 0 })
    expect(collector.requests()).toEqual([])

    const tolerant = createClient(collector, { invalidEvents: 'fail' })
    expect(await tolerant[type](params as never)).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_INVALID_EVENT', message: expect.stringContaining(field) },
    })
    expect(collector.requests()).toEqual([])
  })

  it('names the event in its message', () => {
    expect(() => call('track', { event: 'Order Placed', userId: 5 })).toThrow(
      ".userId of track 'Order Placed' must be a string; it is 5",
    )
  })
})

describe('an event that Segment would drop', () => {
  const track = TRACK
  it.each<[string, Call, unknown, string]>([
    ['an id that is empty', 'track', { userId: '', event: 'A' }, NO_ID],
    ['an anonymousId that is an object', 'page', { userId: 'u1', anonymousId: {} }, '.anonymousId'],
    ['a groupId that is a number', 'group', { userId: 'u1', groupId: 7 }, '.groupId'],
    ['a previousId that is a boolean', 'alias', { userId: 'u1', previousId: true }, '.previousId'],
    ['properties that are a string', 'page', { userId: 'u1', properties: 'a' }, '.properties'],
    ['properties that are a Map', 'screen', { userId: 'u1', properties: new Map() }, '.properties'],
    ['a messageId of 101 characters', 'track', { ...track, messageId: 'm'.repeat(101) }, '.messageId'],
    ['a group without groupId', 'group', { userId: 'u1' }, '.groupId'],
    ['a group with an empty groupId', 'group', { userId: 'u1', groupId: '' }, '.groupId'],
    ['an alias without previousId', 'alias', { userId: 'u1' }, '.previousId'],
    ['an alias without userId', 'alias', { previousId: 'p1' }, '.userId'],
    ['a timestamp that is an invalid Date', 'track', { ...track, timestamp: new Date('nope') }, '.timestamp'],
    ['a context that is a string', 'track', { ...track, context: 'web' }, '.context'],
    ['a context that is a number', 'alias', { userId: 'u1', previousId: 'p1', context: 5 }, '.context'],
    ['a context that is an array', 'page', { userId: 'u1', context: [] }, '.context'],
    ['a context that is a Map', 'group', { groupId: 'g1', context: new Map() }, '.context'],
    ['a timestamp that is a number', 'track', { ...track, timestamp: 1_685_923_200_000 }, '.timestamp'],
    ['a timestamp that is seconds as text', 'track', { ...track, timestamp: '1685923200' }, '.timestamp'],
    ['a timestamp that is a word', 'page', { userId: 'u1', timestamp: 'yesterday' }, '.timestamp'],
    ['a timestamp that is not a date', 'track', { ...track, timestamp: '2026-13-45' }, '.timestamp'],
    ['a timestamp without end', 'track', { ...track, timestamp: '2026-01-01'.padEnd(100_000, ' ') }, '.timestamp'],
  ])('fails with ERR_INVALID_EVENT and its field, without throwing: %s: %s', async (_, type, params, field) => {
    const client = createClient(collector)
    const errors = recordErrors(client)
    const callback = vi.fn()
    // A cast, since the types would not take the call either.
    const outcome = await client[type](params as never, callback)
    expect(outcome).toMatchObject({ status: 'failed', attempts: 0, error: { code: 'ERR_INVALID_EVENT' } })
    const [error] = errors
    expect(error?.reason).toMatchObject({ code: 'ERR_INVALID_EVENT', field })
    expect(error?.ctx.event).toMatchObject({ type, messageId: outcome.messageId })
    expect(callback.mock.calls).toEqual([[error?.reason, error?.ctx]])
    expect(errors).toHaveLength(1)
    expect(collector.requests()).toEqual([])
  })

  it('includes one whose callback is not a function, unless it is null', async () => {
    const client = createClient(collector)
    const errors = recordErrors(client)
    await client.track(track, 'done' as never)
    await client.track(track, null as never)
    expect(errors.map(({ reason }) => reason)).toMatchObject([{ code: 'ERR_INVALID_EVENT', field: 'callback' }])
    expect(collector.events()).toHaveLength(1)
  })

  it.each(['2026', '2026-01', '2026-01-02', '2026-01-02T03:04Z', '2026-01-02T03:04:05.678+02:00'])(
    'does not include one with the ISO 8601 timestamp %s, which is kept',
    async (timestamp) => {
      const isKept = timestamp !== '2026'
      const outcome = await createClient(collector).track({ ...track, timestamp })
      expect(outcome.status).toBe(isKept ? 'delivered' : 'failed')
      expect(collector.events().map(({ event }) => event.timestamp)).toEqual(isKept ? [timestamp] : [])
    },
  )

  it("does not include one with a date library's object that JSON reads as a time", async () => {
    const timestamp = { toJSON: () => '2026-01-02T03:04:05.678Z' } as never
    expect(await sent('track', { ...track, timestamp })).toMatchObject({ timestamp: '2026-01-02T03:04:05.678Z' })
  })
})

describe('a call', () => {
  const track = TRACK
  it('treats a context of null as none', async () => {
    expect(await sent('track', { ...track, context: null })).toMatchObject({ context: { library: LIBRARY } })
  })

  it('accepts one empty id beside a valid one', async () => {
    expect(await sent('track', { ...track, anonymousId: '' })).toMatchObject({ userId: 'u1', anonymousId: '' })
  })

  it('accepts a messageId of 100 characters', async () => {
    const messageId = 'm'.repeat(100)
    expect(await sent('track', { ...track, messageId })).toMatchObject({ messageId })
  })
})
