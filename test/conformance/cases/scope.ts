import type { HTTPFetchRequest } from '../../../dist/index.js'
import { equal, ok, only, rejects } from '../assert.ts'
import {
  type Case,
  createGate,
  createHost,
  LONG_MS,
  pause,
  receivedEvents,
  receivedNames,
  toFailure,
  waitFor,
} from '../case.ts'

export const scopeCases: Case[] = [
  {
    name: 'scope: its ids and context are in each event, and those of a call take precedence',
    async run({ createClient, collector }) {
      const client = createClient()
      const scope = client.scope({ userId: 'u1', anonymousId: 'a1', context: { ip: '192.0.2.1', locale: 'de' } })
      scope.track({ event: 'One' })
      scope.track({ event: 'Two', userId: 'u2', context: { ip: '192.0.2.2' } })
      await scope.flush()
      const library = { name: 'analytics-edge', version: client.VERSION }
      equal(
        (await receivedEvents(collector)).map(({ userId, anonymousId, context }) => [userId, anonymousId, context]),
        [
          ['u1', 'a1', { ip: '192.0.2.1', locale: 'de', library }],
          ['u2', 'a1', { ip: '192.0.2.2', locale: 'de', library }],
        ],
      )
    },
  },
  {
    name: 'scope: every call works without its own id',
    async run({ createClient, collector }) {
      const scope = createClient().scope({ anonymousId: 'a1' })
      scope.track({ event: 'E' })
      scope.identify({})
      scope.page({})
      scope.screen({})
      scope.group({ groupId: 'g1' })
      equal(await scope.flush(), { delivered: 5, failed: 0 })
      equal(
        (await receivedEvents(collector)).map(({ type, anonymousId }) => [type, anonymousId]),
        [
          ['track', 'a1'],
          ['identify', 'a1'],
          ['page', 'a1'],
          ['screen', 'a1'],
          ['group', 'a1'],
        ],
      )
    },
  },
  {
    name: 'scope: two scopes have their own queues and share the emitter',
    async run({ createClient, collector }) {
      const client = createClient({}, { waitUntil: undefined })
      const told: unknown[] = []
      client.on('track', ({ event }) => told.push(event.event))
      const [one, two] = [client.scope({ userId: 'u1' }), client.scope({ userId: 'u2' })]
      one.track({ event: 'One' })
      two.track({ event: 'Two' })
      equal(await one.flush(), { delivered: 1, failed: 0 })
      equal(await receivedNames(collector), ['One'], 'after the first flush')
      equal(await two.flush(), { delivered: 1, failed: 0 })
      equal(told, ['One', 'Two'])
    },
  },
  {
    name: 'waitUntil: it gets one promise, which ends when everything is delivered, without a flush',
    async run({ createClient, collector }) {
      const host = createHost()
      const scope = createClient().scope({ waitUntil: host.waitUntil })
      equal(host.promises.length, 0, 'promises before the first event')
      for (const event of ['One', 'Two', 'Three']) scope.track({ userId: 'u1', event })
      await only(host.promises, 'promises')
      equal(await receivedNames(collector), ['One', 'Two', 'Three'])
      equal((await collector.requests()).length, 1, 'requests')
    },
  },
  {
    name: 'waitUntil: it covers events tracked later, while others are in flight and after all have arrived',
    async run({ createClient, collector }) {
      await collector.fail({ delayMs: 100 })
      const host = createHost()
      const scope = createClient().scope({ waitUntil: host.waitUntil })
      scope.track({ userId: 'u1', event: 'One' })
      await waitFor('the first request', async () => (await collector.requests()).length === 1)
      scope.track({ userId: 'u1', event: 'Two' })
      await Promise.all(host.promises)
      equal((await receivedNames(collector)).toSorted(), ['One', 'Two'], 'when the promises have ended')
      const count = host.promises.length
      scope.track({ userId: 'u1', event: 'Three' })
      equal(host.promises.length, count + 1, 'promises, with one for the third event')
      await Promise.all(host.promises)
      equal((await receivedNames(collector)).toSorted(), ['One', 'Three', 'Two'])
    },
  },
  {
    name: "waitUntil: its promise ends at the scope's timeout if the endpoint hangs, and never rejects",
    async run({ lib, createClient, collector }) {
      await collector.fail({ hang: true })
      const host = createHost()
      const scope = createClient({ httpRequestTimeout: 600_000 }).scope({ waitUntil: host.waitUntil, timeout: 200 })
      const failures: unknown[] = []
      const startedMs = Date.now()
      scope.track({ userId: 'u1', event: 'E' }, (error) => failures.push(toFailure(lib, error).code))
      await only(host.promises, 'promises')
      ok(Date.now() - startedMs < LONG_MS, 'it ended in time')
      equal(failures, ['ERR_DEADLINE'])
    },
  },
  {
    name: "run: with waitUntil the result does not wait for the flush, and the handler's events make one request",
    async run({ createClient, collector }) {
      const gate = createGate()
      const httpClient = async (url: string, init: HTTPFetchRequest) => {
        await gate.promise
        return fetch(url, init)
      }
      const host = createHost()
      const scope = createClient({ httpClient }).scope({ waitUntil: host.waitUntil })
      const result = await scope.run(async (own) => {
        equal(own === scope, true, 'the handler gets the scope')
        own.track({ userId: 'u1', event: 'One' })
        await pause(30)
        own.track({ userId: 'u1', event: 'Two' })
        return 'result'
      })
      equal(result, 'result')
      gate.open()
      await Promise.all(host.promises)
      equal(await receivedNames(collector), ['One', 'Two'])
      equal((await collector.requests()).length, 1, 'requests')
    },
  },
  {
    name: "run: without waitUntil, even the client's, the result follows the flush",
    async run({ createClient, collector }) {
      const result = await createClient({}, { waitUntil: undefined })
        .scope({ userId: 'u1' })
        .run((scope) => {
          scope.track({ event: 'One' })
          return 5
        })
      equal(result, 5)
      equal(await receivedNames(collector), ['One'])
    },
  },
  {
    name: "run: the handler's own error is thrown, and its events are still sent",
    async run({ createClient, collector }) {
      const error = new Error('from the handler')
      const run = createClient({}, { waitUntil: undefined })
        .scope()
        .run((scope) => {
          scope.track({ userId: 'u1', event: 'Failed' })
          throw error
        })
      equal((await rejects(run)) === error, true, 'the same error')
      equal(await receivedNames(collector), ['Failed'])
    },
  },
  {
    name: 'run: an await inside the handler is not delayed',
    async run({ createClient, collector }) {
      const host = createHost()
      await createClient()
        .scope({ waitUntil: host.waitUntil })
        .run(async (scope) => {
          await scope.track({ userId: 'u1', event: 'Awaited' })
          equal(await receivedNames(collector), ['Awaited'], 'inside the handler')
        })
    },
  },
]
