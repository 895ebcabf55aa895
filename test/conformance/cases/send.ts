import type { Context, SegmentEvent } from '../../../dist/index.js'
import { equal, ok, only } from '../assert.ts'
import { type Case, failureOf, receivedEvents } from '../case.ts'

/** As a browser, another version or another library built it: its own time, library, metadata and fields. */
const BUILT = {
  type: 'page',
  messageId: 'ajs-next-1700000000000-0123',
  timestamp: '2024-02-29T13:34:56.789+01:00',
  sentAt: '2024-02-29T12:34:57.000Z',
  originalTimestamp: '2024-02-29T12:34:55.000Z',
  anonymousId: 'a1',
  userId: null,
  name: 'Home',
  category: 'Docs',
  properties: { path: '/', nested: { list: [1, null] } },
  context: { ip: '192.0.2.1', library: { name: 'analytics.js', version: '1.2.3' } },
  integrations: { All: false, Vero: true },
  _metadata: { jsRuntime: 'browser', bundled: ['Segment.io'] },
}

/** A cast: what comes from elsewhere has more and other fields than the SDK's own events. */
function build(changes: object = {}): SegmentEvent {
  return structuredClone({ ...BUILT, ...changes }) as unknown as SegmentEvent
}

export const sendCases: Case[] = [
  {
    name: 'send: a built event arrives unchanged: ids, time, context, library and metadata',
    async run({ createClient, collector }) {
      const client = createClient({}, { userId: 'of the scope', context: { locale: 'de' } })
      const event = build()
      const outcome = await client.send(event)
      equal(outcome, { messageId: BUILT.messageId, status: 'delivered', attempts: 1 })
      equal(only(await receivedEvents(collector)), BUILT)
      equal(event, BUILT, "the caller's object")
    },
  },
  {
    name: 'send: an array is one request, in order, and returns an Outcome for each event',
    async run({ createClient, collector }) {
      const events = ['m-1', 'm-2', 'm-3'].map((messageId) => build({ messageId }))
      const outcomes = await createClient().send(events)
      equal(
        outcomes.map(({ messageId, status }) => [messageId, status]),
        ['m-1', 'm-2', 'm-3'].map((messageId) => [messageId, 'delivered']),
      )
      equal(await receivedEvents(collector), events)
      only(await collector.requests(), 'requests')
    },
  },
  {
    name: 'send: anything but an event fails with ERR_INVALID_EVENT and its field, and the others are delivered',
    async run({ lib, createClient, collector }) {
      const client = createClient()
      const mistakes: [field: string, event: unknown][] = [
        ['event', undefined],
        ['event', 'text'],
        ['.type', build({ type: 'batch' })],
        ['.userId/anonymousId/previousId/groupId', build({ anonymousId: undefined })],
        ['.userId', build({ userId: 5 })],
        ['.messageId', build({ messageId: undefined })],
        ['.messageId', build({ messageId: 'm'.repeat(101) })],
      ]
      const failures = mistakes.map(async ([field, event]) => {
        const reason = await failureOf(lib, client.send(event as SegmentEvent))
        equal([reason.code, reason.field], ['ERR_INVALID_EVENT', field])
      })
      const large = client.send(build({ properties: { text: 'x'.repeat(40_000) } }))
      const good = client.send(build())
      await Promise.all(failures)
      equal((await failureOf(lib, large)).code, 'ERR_EVENT_TOO_LARGE')
      equal((await good).status, 'delivered')
      equal(await receivedEvents(collector), [BUILT])
    },
  },
  {
    name: 'send: events pass through the plugins, unless plugins is false',
    async run({ createClient, collector }) {
      const client = createClient()
      const page = (ctx: Context) => {
        ctx.updateEvent('properties.seen', true)
        return ctx
      }
      await client.register({ name: 'mark', type: 'enrichment', page })
      client.send(build({ messageId: 'm-1' }))
      client.send(build({ messageId: 'm-2' }), { plugins: false })
      equal(await client.flush(), { delivered: 2, failed: 0 })
      const events = await receivedEvents(collector)
      const find = (id: string) => events.find(({ messageId }) => messageId === id)
      equal(find('m-1'), { ...BUILT, messageId: 'm-1', properties: { ...BUILT.properties, seen: true } })
      equal(find('m-2'), { ...BUILT, messageId: 'm-2' })
      ok(events.length === 2, `${events.length} events arrived`)
    },
  },
]
