import type { Context } from '../../../dist/index.js'
import { equal } from '../assert.ts'
import { type Case, createGate, failureOf, receivedEvents, receivedNames } from '../case.ts'

const mark = (name: string) => (ctx: Context) => {
  ctx.updateEvent('properties.seen', [...(ctx.event.properties?.seen ?? []), name])
  return ctx
}

export const pluginCases: Case[] = [
  {
    name: 'plugins: synchronous and asynchronous ones change events in order, also those of a bound scope',
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
    name: 'plugins: events wait for a load, and go out in order',
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
    name: 'plugins: events of the tick in which register() is called go through all of them, in order',
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
        [{}, { seen: ['a', 'b', 'c'] }, { seen: ['a', 'b', 'c'] }],
      )
    },
  },
  {
    name: 'plugins: a before that throws stops its event, a destination that throws nothing',
    async run({ lib, createClient, collector }) {
      const client = createClient()
      const fail = (): never => {
        throw new Error('from the plugin')
      }
      await client.register(
        { name: 'guard', type: 'before', track: (ctx) => (ctx.event.event === 'Bad' ? fail() : ctx) },
        { name: 'Vero', type: 'destination', track: fail },
      )
      const [good, bad] = await Promise.all([
        client.track({ userId: 'u1', event: 'Good' }),
        client.track({ userId: 'u1', event: 'Bad' }),
      ])
      equal(good.failedDelivery(), undefined, 'failure of the good one')
      equal(failureOf(lib, bad).code, 'ERR_PLUGIN')
      equal(await receivedNames(collector), ['Good'])
    },
  },
  {
    name: "plugins: 'Segment.io': false alone keeps an event from Segment",
    async run({ createClient, collector }) {
      const client = createClient()
      client.track({ userId: 'u1', event: 'Elsewhere', integrations: { 'Segment.io': false } })
      client.track({ userId: 'u1', event: 'Here', integrations: { All: false } })
      equal(await client.flush(), { delivered: 2, failed: 0 })
      equal(await receivedNames(collector), ['Here'])
    },
  },
]
