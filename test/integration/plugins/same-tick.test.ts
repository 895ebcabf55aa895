// Which plugins an event meets that is tracked around a register() or deregister(): the same as in Segment's library.
import { Analytics as Reference } from '@segment/analytics-node'
import { describe, expect, test } from 'vitest'
import { Analytics, type AnalyticsSettings, type Context, type Plugin } from '../../../src/index.ts'
import { rest, within } from '../../support/client.ts'
import { createGate, settle } from '../../support/plugins.ts'

type Create = (name: string, load?: () => Promise<unknown>) => Plugin
type Act = (client: Analytics, plugin: Create) => unknown

const CLIENTS = {
  ours: (settings: AnalyticsSettings) => new Analytics(settings),
  // The casts: the programs ask both libraries the same.
  reference: (settings: AnalyticsSettings) =>
    new Reference(settings as ConstructorParameters<typeof Reference>[0]) as unknown as Analytics,
}

/** Runs a program with one of the libraries. Returns what the plugins have seen, and what was sent. */
async function run(createClient: (settings: AnalyticsSettings) => Analytics, type: Plugin['type'], act: Act) {
  const sent: unknown[] = []
  const seen: string[] = []
  const client = createClient({
    writeKey: 'k',
    flushInterval: 50,
    httpClient: async (_url, { body }) => {
      for (const { event, properties } of JSON.parse(body).batch) sent.push([event, properties])
      return { status: 200, statusText: 'OK', text: async () => '{}' }
    },
  })
  const create: Create = (name, load = async () => {}) => ({
    name,
    type,
    version: '1',
    isLoaded: () => true,
    load,
    track: async (ctx: Context) => {
      seen.push(`${name}: ${ctx.event.event}`)
      if (type !== 'destination') ctx.updateEvent(`properties.${name}`, true)
      return ctx
    },
  })
  await act(client, create)
  await rest(20)
  await client.closeAndFlush({ timeout: 10_000 })
  return { seen: seen.toSorted(), sent }
}

/** The default. */
const PLUGIN_TIMEOUT_MS = 5_000

const EVENT = { userId: 'u1', event: 'E' }

const PROGRAMS: readonly [what: string, act: Act][] = [
  [
    'track, then register, in the tick of the constructor',
    (client, plugin) => {
      client.track(EVENT)
      void client.register(plugin('P'))
    },
  ],
  [
    'track, then register, in one tick of a client that is ready',
    async (client, plugin) => {
      await client.ready
      client.track(EVENT)
      void client.register(plugin('P'))
    },
  ],
  [
    'track, a microtask, then register',
    async (client, plugin) => {
      await client.ready
      client.track(EVENT)
      await null
      await null
      void client.register(plugin('P'))
    },
  ],
  [
    'register, track, register, in one tick',
    (client, plugin) => {
      void client.register(plugin('A'))
      client.track(EVENT)
      void client.register(plugin('B'))
    },
  ],
  [
    'a plugin that is registered; then track, register, in one tick',
    async (client, plugin) => {
      await client.register(plugin('A'))
      client.track(EVENT)
      void client.register(plugin('B'))
    },
  ],
  [
    'register, track, register, with plugins that take their time to load',
    async (client, plugin) => {
      void client.register(plugin('A', () => rest(30)))
      client.track(EVENT)
      void client.register(plugin('B', () => rest(30)))
      await rest(100)
    },
  ],
  [
    'track, a timer, then register',
    async (client, plugin) => {
      await client.ready
      client.track(EVENT)
      await rest(5)
      void client.register(plugin('P'))
    },
  ],
  [
    'a plugin that is registered; then track, deregister, in one tick',
    async (client, plugin) => {
      await client.register(plugin('A'), plugin('B'))
      client.track(EVENT)
      void client.deregister('A')
    },
  ],
  [
    'a plugin that is registered; then track, a microtask, deregister',
    async (client, plugin) => {
      await client.register(plugin('A'), plugin('B'))
      client.track(EVENT)
      await null
      await null
      void client.deregister('A')
    },
  ],
  [
    'deregister, then track, in one tick',
    async (client, plugin) => {
      await client.register(plugin('A'), plugin('B'))
      void client.deregister('A')
      client.track(EVENT)
    },
  ],
]

describe.each(['before', 'enrichment', 'destination'] as const)(
  'a %s plugin sees the same events as in the reference:',
  (type) => {
    test.concurrent.each(PROGRAMS)('%s', async (_what, act) => {
      const [ours, reference] = await Promise.all([run(CLIENTS.ours, type, act), run(CLIENTS.reference, type, act)])
      expect(ours).toEqual(reference)
      expect(reference.sent).toHaveLength(1)
    })
  },
)

test('deregister immediately releases the events that wait for a plugin which never loads', async () => {
  const { seen, sent } = await run(CLIENTS.ours, 'before', async (client, plugin) => {
    void client.register(plugin('hung', () => new Promise(() => {})))
    await settle()
    const waiting = client.track(EVENT)
    await settle()
    await client.deregister('hung')
    expect(await within(PLUGIN_TIMEOUT_MS / 2, waiting)).toMatchObject({ status: 'delivered' })
    expect(await within(PLUGIN_TIMEOUT_MS / 2, client.track(EVENT))).toMatchObject({ status: 'delivered' })
  })
  expect(seen).toEqual([])
  expect(sent).toHaveLength(2)
})

test('a critical plugin that is deregistered while it loads stops nothing, even if its load rejects later', async () => {
  const gate = createGate()
  const { sent } = await run(CLIENTS.ours, 'before', async (client, plugin) => {
    const errors: unknown[] = []
    client.on('error', (error) => errors.push(error))
    const registered = client.register({ ...plugin('critical', () => gate.promise), critical: true })
    const waiting = client.track(EVENT)
    await settle()
    await client.deregister('critical')
    gate.fail(new Error('too late'))
    await registered
    expect(await waiting).toMatchObject({ status: 'delivered' })
    expect(await client.track(EVENT)).toMatchObject({ status: 'delivered' })
    expect(errors).toEqual([])
  })
  expect(sent).toHaveLength(2)
})
