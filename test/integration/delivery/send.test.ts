import { afterEach, describe, expect, it, vi } from 'vitest'
import { Analytics, type AnalyticsSettings, DeliveryError, type Plugin, type SegmentEvent } from '../../../src/index.ts'
import { startServer } from '../../support/retries.ts'

/** As analytics.js 1.84 sends it. */
const BROWSER_EVENT = {
  timestamp: '2026-11-26T22:18:00.430Z',
  integrations: {},
  event: 'Item Purchased',
  type: 'track',
  properties: { revenue: 3 },
  context: {
    page: {
      path: '/',
      referrer: '',
      search: '?utm_source=news',
      title: 'Shop',
      url: 'http://shop.example/?utm_source=news',
    },
    userAgent: 'Mozilla/5.0',
    locale: 'en-US',
    library: { name: 'analytics.js', version: 'next-1.84.3' },
    campaign: { source: 'news', name: 'x' },
    timezone: 'UTC',
  },
  messageId: 'ajs-next-1795731480430-ffa91db9-1987-4186-9a71-3539ff52f995',
  anonymousId: '986fffa9-1db9-4987-9186-1a713539ff52',
  userId: null,
  sentAt: '2026-11-26T22:18:00.437Z',
  _metadata: { bundled: ['Segment.io'], unbundled: [], bundledIds: [] },
}

const clients: Analytics[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) await client.closeAndFlush({ timeout: 1 })
})

async function createPair(settings: Partial<AnalyticsSettings> = {}) {
  const server = await startServer()
  const client = new Analytics({ writeKey: 'wk_send', host: server.url, flushInterval: 60_000, ...settings })
  clients.push(client)
  return { server, client }
}

/** External events are JSON, without types. */
function fromElsewhere(value: unknown): SegmentEvent {
  return value as SegmentEvent
}

/** The fields of a browser's event, with others in their place. */
function change(changes: object): SegmentEvent {
  return fromElsewhere({ ...BROWSER_EVENT, ...changes })
}

describe('send', () => {
  it('sends an event that was built elsewhere unchanged', async () => {
    const { server, client } = await createPair()
    const outcome = await client.send(fromElsewhere(BROWSER_EVENT))
    expect(outcome).toEqual({ messageId: BROWSER_EVENT.messageId, status: 'delivered', attempts: 1 })
    expect(server.requests.map(({ events }) => events)).toEqual([[BROWSER_EVENT]])
  })

  it('adds nothing of the scope it is called on', async () => {
    const { server, client } = await createPair()
    const scope = client.scope({ userId: 'u-scope', anonymousId: 'a-scope', context: { ip: '1.2.3.4' } })
    await scope.send(fromElsewhere(BROWSER_EVENT))
    expect(server.requests.map(({ events }) => events)).toEqual([[BROWSER_EVENT]])
  })

  it('reports an event to the listeners of its type', async () => {
    const { client } = await createPair()
    const listener = vi.fn()
    client.on('track', listener)
    await client.send(fromElsewhere(BROWSER_EVENT))
    expect(listener.mock.calls).toMatchObject([[{ id: BROWSER_EVENT.messageId, event: { event: 'Item Purchased' } }]])
  })

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'event'],
    ['null', null, 'event'],
    ['a text', 'event', 'event'],
    ['a number', 5, 'event'],
    ['an object that is not an event', {}, '.type'],
    ['an unknown type', change({ type: 'purchase' }), '.type'],
    ['no id', change({ anonymousId: undefined }), '.userId/anonymousId/previousId/groupId'],
    ['a userId that is a number', change({ userId: 5 }), '.userId'],
    ['an anonymousId that is an object', change({ anonymousId: {} }), '.anonymousId'],
    ['no messageId', change({ messageId: undefined }), '.messageId'],
    ['a messageId of 101 characters', change({ messageId: 'm'.repeat(101) }), '.messageId'],
    ['properties that are a list', change({ properties: [] }), '.properties'],
    ['a group without a groupId', change({ type: 'group' }), '.groupId'],
    ['an alias without a userId', change({ type: 'alias', previousId: 'p1' }), '.userId'],
    ['an alias without a previousId', change({ type: 'alias', userId: 'u1' }), '.previousId'],
  ])('fails anything that is not an event, and names the field without throwing: %s', async (_, event, field) => {
    const { server, client } = await createPair()
    const errors: unknown[] = []
    client.on('error', ({ reason }) => errors.push(reason))
    const delivery = client.send(fromElsewhere(event))
    expect(await delivery).toMatchObject({ status: 'failed', attempts: 0, error: { code: 'ERR_INVALID_EVENT' } })
    await expect(delivery.orThrow()).rejects.toBeInstanceOf(DeliveryError)
    expect(errors).toMatchObject([{ code: 'ERR_INVALID_EVENT', field }])
    expect(server.requests).toEqual([])
  })

  it('fails an event over 32 KB', async () => {
    const { client } = await createPair()
    client.on('error', () => {})
    const event = change({ properties: { text: 'x'.repeat(33 * 1024) } })
    expect((await client.send(event)).error).toMatchObject({ code: 'ERR_EVENT_TOO_LARGE' })
  })

  it('fails an event after closeAndFlush()', async () => {
    const { client } = await createPair()
    await client.closeAndFlush()
    expect((await client.send(fromElsewhere(BROWSER_EVENT))).error).toMatchObject({ code: 'ERR_CLOSED' })
  })
})

describe('send with an array', () => {
  it('sends all events in one request, and resolves with the Outcomes in order', async () => {
    const { server, client } = await createPair()
    client.on('error', () => {})
    const events = [change({ messageId: 'm1' }), fromElsewhere({ type: 'nothing' }), change({ messageId: 'm3' })]
    expect(await client.send(events)).toMatchObject([
      { messageId: 'm1', status: 'delivered' },
      { status: 'failed', error: { code: 'ERR_INVALID_EVENT' } },
      { messageId: 'm3', status: 'delivered' },
    ])
    expect(server.requests.map(({ events }) => events.map(({ messageId }) => messageId))).toEqual([['m1', 'm3']])
  })

  it('accepts an empty one without a request', async () => {
    const { server, client } = await createPair()
    expect(await client.send([])).toEqual([])
    expect(server.requests).toEqual([])
  })
})

describe('plugins of a client', () => {
  const createPlugin = (type: Plugin['type']) => {
    const track = vi.fn<NonNullable<Plugin['track']>>((ctx) => {
      ctx.updateEvent('properties.enriched', true)
      return ctx
    })
    return { name: type, type, track }
  }

  it('see what is sent, and change only what they add', async () => {
    const { server, client } = await createPair()
    await client.register(createPlugin('enrichment'))
    await client.send(fromElsewhere(BROWSER_EVENT))
    const enriched = { ...BROWSER_EVENT, properties: { revenue: 3, enriched: true } }
    expect(server.requests.map(({ events }) => events)).toEqual([[enriched]])
  })

  it('are skipped with plugins: false', async () => {
    const { server, client } = await createPair()
    const plugins = (['before', 'enrichment', 'destination', 'after'] as const).map(createPlugin)
    await client.register(...plugins)
    await client.send([fromElsewhere(BROWSER_EVENT)], { plugins: false })
    for (const { track } of plugins) expect(track).not.toHaveBeenCalled()
    expect(server.requests.map(({ events }) => events)).toEqual([[BROWSER_EVENT]])
  })
})
