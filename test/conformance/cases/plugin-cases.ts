import type { Context } from '../../../dist/index.js'
import { equal, ok } from '../assert.ts'
import { type Case, createGate, failureOf, LONG_MS, receivedEvents, receivedNames } from '../case.ts'

const mark = (name: string) => (ctx: Context) => {
  ctx.updateEvent('properties.seen', [...(ctx.event.properties?.seen ?? []), name])
  return ctx
}

export const pluginCases: Case[] = [
  {
    name: 'plugins: synchronous and asynchronous ones change events in order, also in a bound scope',
    async run({ createClient, collector }) {
      const client = createClient()
      await client.register(
        { name: 'late', type: 'before', track: async (ctx) => mark('late')(ctx) },
        { name: 'plain', type: 'enrichment', track: mark('plain') },
      )
      const promises: Promise<unknown>[] = []
      const scope = client.scope({ waitUntil: (promise) => void promises.push(promise) })
      scope.track({ userId: 'u1', event: 'One' })
      scope.track({ userId: 'u1', event: 'Two' })
      await Promise.all(promises)
      equal(
        (await receivedEvents(collector)).map(({ event, properties }) => [event, properties]),
        [
          ['One', { seen: ['late', 'plain'] }],
          ['Two', { seen: ['late', 'plain'] }],
        ],
      )
    },
  },
  {
    name: 'plugins: events wait for a load, and leave in order',
    async run({ createClient, collector }) {
      const client = createClient()
      const gate = createGate()
      const registered = client.register({ name: 'p', type: 'enrichment', load: () => gate.promise, track: mark('p') })
      client.track({ userId: 'u1', event: 'One' })
      client.track({ userId: 'u1', event: 'Two' })
      equal(client.pendingCount, 2, 'pending')
      gate.open()
      await registered
      client.track({ userId: 'u1', event: 'Three' })
      await client.flush()
      equal(await receivedNames(collector), ['One', 'Two', 'Three'])
    },
  },
  {
    name: 'plugins: register() applies to events tracked earlier in the tick, and deregister() spares them',
    async run({ createClient, collector }) {
      const client = createClient()
      client.track({ userId: 'u1', event: 'Before' })
      const plugin = (name: string) => ({ name, type: 'enrichment' as const, track: mark(name) })
      const calls = [client.register(plugin('a')), client.register(plugin('gone'), plugin('b'))]
      client.track({ userId: 'u1', event: 'One' })
      calls.push(client.deregister('gone'))
      const scope = client.scope({ userId: 'u1' })
      scope.track({ event: 'Two' })
      calls.push(client.register(plugin('c')))
      await Promise.all([...calls, scope.flush(), client.flush()])
      const events = await receivedEvents(collector)
      equal(
        ['Before', 'One', 'Two'].map((name) => events.find(({ event }) => event === name)?.properties),
        Array(3).fill({ seen: ['a', 'b', 'c'] }),
      )
    },
  },
  {
    name: 'plugins: a before plugin that throws stops its event, a destination that throws nothing',
    async run({ lib, createClient, collector }) {
      const client = createClient()
      const fail = (): never => {
        throw new Error('from the plugin')
      }
      await client.register(
        { name: 'guard', type: 'before', track: (ctx) => (ctx.event.event === 'Bad' ? fail() : ctx) },
        { name: 'Vero', type: 'destination', track: fail },
      )
      const good = client.track({ userId: 'u1', event: 'Good' })
      const bad = client.track({ userId: 'u1', event: 'Bad' })
      equal((await good).status, 'delivered')
      equal((await failureOf(lib, bad)).code, 'ERR_PLUGIN')
      equal(await receivedNames(collector), ['Good'])
    },
  },
  ...(['before', 'enrichment'] as const).map(
    (type): Case => ({
      name: `plugins: ${type === 'before' ? 'a before' : 'an enrichment'} hook that hangs fails only its own event, at pluginTimeout`,
      async run({ lib, createClient, collector }) {
        const client = createClient({ pluginTimeout: 300 })
        const hang = new Promise<never>(() => {})
        const track = (ctx: Context) => (ctx.event.event === 'Stuck' ? hang : ctx)
        await client.register({ name: 'slow', type, track })
        const stuck = client.track({ userId: 'u1', event: 'Stuck' })
        const startedMs = Date.now()
        equal((await client.track({ userId: 'u1', event: 'Free' })).status, 'delivered')
        equal((await failureOf(lib, stuck)).code, 'ERR_PLUGIN')
        ok(Date.now() - startedMs < LONG_MS, 'it ended in time')
        ok((await stuck).error?.message.includes('pluginTimeout'), 'the message names the setting')
        equal((await client.track({ userId: 'u1', event: 'Later' })).status, 'delivered')
        equal(await receivedNames(collector), ['Free', 'Later'])
      },
    }),
  ),
  ...(['destination', 'after'] as const).map(
    (type): Case => ({
      name: `plugins: ${type === 'after' ? 'an after' : 'a destination'} hook that hangs is abandoned at pluginTimeout, and its event is delivered`,
      async run({ createClient, collector }) {
        const client = createClient({ pluginTimeout: 300 })
        await client.register({ name: 'slow', type, track: () => new Promise<never>(() => {}) })
        client.track({ userId: 'u1', event: 'E' })
        const startedMs = Date.now()
        equal(await client.flush(), { delivered: 1, failed: 0 })
        ok(Date.now() - startedMs < LONG_MS, 'it ended in time')
        equal(await receivedNames(collector), ['E'])
      },
    }),
  ),
  {
    name: 'plugins: a load that hangs counts as failed at pluginTimeout, and events leave without the plugin',
    async run({ createClient, collector }) {
      const client = createClient({ pluginTimeout: 300 })
      void client.register({
        name: 'slow',
        type: 'enrichment',
        load: () => new Promise<never>(() => {}),
        track: mark('slow'),
      })
      equal((await client.track({ userId: 'u1', event: 'E' })).status, 'delivered')
      equal((await receivedEvents(collector))[0]?.properties, {}, 'properties')
    },
  },
  {
    name: "plugins: only 'Segment.io': false keeps an event from Segment",
    async run({ createClient, collector }) {
      const client = createClient()
      client.track({ userId: 'u1', event: 'Elsewhere', integrations: { 'Segment.io': false } })
      client.track({ userId: 'u1', event: 'Here', integrations: { All: false } })
      equal(await client.flush(), { delivered: 2, failed: 0 })
      equal(await receivedNames(collector), ['Here'])
    },
  },
]
