import type { Analytics, Delivery, SegmentEvent } from '../../../dist/index.js'
import { equal, ok, only } from '../assert.ts'
import { type Case, receivedEvents, type Tools } from '../case.ts'

const TIMESTAMP = '2024-02-29T12:34:56.789Z'

/** What any call may be given, as it arrives. */
const COMMON = {
  userId: 'u1',
  anonymousId: 'a1',
  messageId: 'm-1',
  timestamp: TIMESTAMP,
  context: { ip: '192.0.2.1', page: { url: 'https://example.com/' }, active: false },
  integrations: { All: false, Vero: true, 'Google Analytics': { sessionId: 's1' } },
}

interface CallCase {
  type: SegmentEvent['type']
  /** Given besides COMMON. */
  fields: Record<string, unknown>
  /** What arrives, where it is not what was given. */
  arrives?: Record<string, unknown>
  /** The least that can be given. */
  least: Record<string, unknown>
  /** What the library adds to it. */
  adds: Record<string, unknown>
}

const properties = { revenue: 39.95, tags: ['a', { b: null }], shippedAt: '2024-01-01', nested: { deep: { er: true } } }
const traits = { name: 'Initech', employees: 42, address: { city: 'Austin' } }

const CALLS: CallCase[] = [
  {
    type: 'track',
    fields: { event: 'Item Purchased', properties },
    least: { userId: 'u1', event: 'Item Purchased' },
    adds: { properties: {} },
  },
  { type: 'identify', fields: { traits }, least: { anonymousId: 'a1' }, adds: { traits: {} } },
  {
    type: 'page',
    fields: { category: 'Docs', name: 'Node.js Library', properties },
    arrives: { properties: { ...properties, category: 'Docs' } },
    least: { userId: 'u1' },
    adds: { properties: {} },
  },
  {
    type: 'screen',
    fields: { category: 'Docs', name: 'Welcome', properties },
    least: { userId: 'u1' },
    adds: { properties: {} },
  },
  { type: 'group', fields: { groupId: 'g1', traits }, least: { userId: 'u1', groupId: 'g1' }, adds: { traits: {} } },
  { type: 'alias', fields: { previousId: 'old' }, least: { userId: 'u1', previousId: 'old' }, adds: {} },
]

/** A call by its name; a cast, since the tables above pair names and fields, which types cannot follow. */
function call(client: Analytics, type: SegmentEvent['type'], params: object): Delivery {
  return (client[type] as (params: object) => Delivery).call(client, params)
}

function libraryOf({ createClient }: Tools) {
  return { name: 'analytics-edge', version: createClient().VERSION }
}

const fullCases = CALLS.map(
  ({ type, fields, arrives }): Case => ({
    name: `${type}: every field arrives unchanged`,
    async run(tools) {
      await call(tools.createClient(), type, { ...COMMON, ...fields })
      const { anonymousId, ...shared } = COMMON
      equal(only(await receivedEvents(tools.collector)), {
        type,
        ...shared,
        // An alias ties two user ids together.
        ...(type !== 'alias' && { anonymousId }),
        ...fields,
        ...arrives,
        context: { ...COMMON.context, library: libraryOf(tools) },
        _metadata: tools.metadata,
      })
    },
  }),
)

const leastCases = CALLS.map(
  ({ type, least, adds }): Case => ({
    name: `${type}: only missing fields are added`,
    async run(tools) {
      const beforeMs = Date.now()
      const outcome = await call(tools.createClient(), type, least)
      const { messageId, timestamp, ...event } = only(await receivedEvents(tools.collector))
      equal(event, {
        type,
        ...least,
        ...adds,
        context: { library: libraryOf(tools) },
        integrations: {},
        _metadata: tools.metadata,
      })
      equal(messageId, outcome.messageId, 'messageId')
      ok(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(timestamp)), `timestamp ${timestamp} has milliseconds`)
      const ageMs = Date.parse(String(timestamp)) - beforeMs
      // Two clocks are not compared: both are the runtime's own.
      ok(ageMs >= 0 && ageMs < 60_000, `the timestamp is ${ageMs} ms after the call began`)
    },
  }),
)

export const callCases: Case[] = [
  ...fullCases,
  ...leastCases,
  {
    name: 'each event has its own messageId',
    async run({ createClient, collector }) {
      const client = createClient({ flushAt: 100 })
      for (let count = 0; count < 50; count++) client.track({ userId: 'u1', event: 'Same' })
      await client.flush()
      const ids = (await receivedEvents(collector)).map(({ messageId }) => messageId)
      equal(new Set(ids).size, 50, 'different ids')
    },
  },
  {
    name: 'a Date as timestamp arrives as ISO 8601; undefined fields are left out; NaN and Infinity become null',
    async run({ createClient, collector }) {
      const values = { gone: undefined, nan: Number.NaN, infinite: Number.POSITIVE_INFINITY, at: new Date(TIMESTAMP) }
      const timestamp = new Date(TIMESTAMP)
      await createClient().track({ userId: 'u1', anonymousId: undefined, event: 'E', properties: values, timestamp })
      const event = only(await receivedEvents(collector))
      equal(event.properties, { nan: null, infinite: null, at: TIMESTAMP }, 'properties')
      equal(event.timestamp, TIMESTAMP, 'timestamp')
      equal('anonymousId' in event, false, 'an anonymousId')
    },
  },
  {
    name: "a library in the caller's context cannot pass for ours, and its own fields stay",
    async run(tools) {
      const library = { name: 'other', version: '9', build: 'b1' }
      await tools.createClient().track({ userId: 'u1', event: 'E', context: { library } })
      const event = only(await receivedEvents(tools.collector))
      equal(event.context, { library: { ...libraryOf(tools), build: 'b1' } }, 'context')
      equal(library, { name: 'other', version: '9', build: 'b1' }, "the caller's object")
    },
  },
  {
    name: 'changing the objects after the call does not change the event',
    async run({ createClient, collector }) {
      const client = createClient()
      const params = {
        userId: 'u1',
        event: 'E',
        properties: { list: [1], nested: { a: 1 } },
        context: { ip: '192.0.2.1' },
        integrations: { All: true },
        timestamp: new Date(TIMESTAMP),
      }
      client.track(params)
      params.userId = 'u2'
      params.properties.list.push(2)
      params.properties.nested.a = 2
      params.context.ip = '192.0.2.2'
      params.integrations.All = false
      params.timestamp.setFullYear(1999)
      await client.flush()
      const { userId, properties, context, integrations, timestamp } = only(await receivedEvents(collector))
      equal(
        [userId, properties, integrations, timestamp],
        ['u1', { list: [1], nested: { a: 1 } }, { All: true }, TIMESTAMP],
      )
      equal((context as { ip?: unknown }).ip, '192.0.2.1', 'context.ip')
    },
  },
  {
    name: "the caller's objects stay unchanged, even frozen ones",
    async run({ createClient, collector }) {
      const deepFrozen = Object.freeze({
        userId: 'u1',
        name: 'Home',
        category: 'Docs',
        properties: Object.freeze({ path: '/' }),
        context: Object.freeze({ locale: 'de' }),
        integrations: Object.freeze({ All: true }),
      })
      await createClient().page(deepFrozen)
      equal(only(await receivedEvents(collector)).properties, { path: '/', category: 'Docs' }, 'properties')
      equal(deepFrozen.context, { locale: 'de' }, 'context')
    },
  },
]
