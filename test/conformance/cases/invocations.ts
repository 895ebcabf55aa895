import { equal, only } from '../assert.ts'
import { type Case, createHost, pause, receivedEvents, receivedNames } from '../case.ts'

export const JOINING =
  'invocations: calls on the client join the scope they are made in, through awaits, timers and streams'
export const NOT_MIXING = 'invocations: overlapping ones never mix, and the inner of nested ones counts'
export const CURRENT = 'invocations: current() is the scope inside enter() and run(), only for the client of that scope'

/** Calls on the client itself, in an invocation. */
export const invocationCases: Case[] = [
  {
    name: JOINING,
    async run({ createClient, collector }) {
      const client = createClient()
      const scope = client.scope({ anonymousId: 'a1', context: { locale: 'de' } })
      // A cast: in an invocation that has an id, a call needs none.
      const track = (event: string) => void client.track({ event } as never)
      await scope.run(async () => {
        track('at once')
        await pause(5)
        track('after an await')
        await new Promise<void>((resolve) => {
          setTimeout(() => {
            track('in a timer')
            resolve()
          }, 5)
        })
        const body = new ReadableStream<string>({
          async pull(controller) {
            await pause(1)
            track('in a stream')
            controller.enqueue('chunk')
            controller.close()
          },
        })
        await body.getReader().read()
        equal(client.pendingCount, 4, 'what is pending for the client')
        await client.flush()
        equal(scope.pendingCount, 0, 'what is pending after a flush of the client')
      })
      const events = await receivedEvents(collector)
      equal(
        events.map(({ event, anonymousId }) => [event, anonymousId]),
        ['at once', 'after an await', 'in a timer', 'in a stream'].map((event) => [event, 'a1']),
      )
      for (const { context } of events) equal((context as { locale?: string }).locale, 'de')
      equal((await collector.requests()).length, 1, 'requests')
    },
  },
  {
    name: NOT_MIXING,
    async run({ createClient, collector }) {
      const client = createClient({}, { waitUntil: undefined })
      const track = async (index: number) => {
        await pause(index % 3)
        client.track({ event: `${index}` } as never)
        await pause(3 - (index % 3))
        client.track({ event: `${index}` } as never)
      }
      const users = Array.from({ length: 12 }, (_, index) => index)
      await Promise.all(users.map((index) => client.scope({ userId: `${index}` }).run(() => track(index))))
      const events = await receivedEvents(collector)
      equal(events.length, 24, 'events')
      for (const { event, userId } of events) equal(userId, event, 'the user of an event')
      equal((await collector.requests()).length, 12, 'requests')

      const nested = async () => {
        client.track({ event: 'outer' } as never)
        await client.scope({ userId: 'inner' }).run(async () => void client.track({ event: 'inner' } as never))
        client.track({ event: 'outer' } as never)
      }
      await client.scope({ userId: 'outer' }).run(nested)
      const inner = (await receivedEvents(collector)).slice(24)
      equal(inner.length, 3, 'events of nested invocations')
      for (const { event, userId } of inner) equal(userId, event, 'the user of an event')
    },
  },
  {
    name: CURRENT,
    async run({ createClient }) {
      const client = createClient()
      const other = createClient()
      const scope = client.scope()
      equal(client.current() === client, true, 'outside, it is the client')
      equal(scope.current() === scope, true, 'of a scope, it is the scope')
      const returned = await scope.enter(async () => {
        await pause(1)
        equal(client.current() === scope, true, 'inside, it is the scope')
        equal(other.current() === other, true, 'of another client, it is that client')
        return 'result'
      })
      equal(returned, 'result')
      equal(client.current() === client, true, 'afterwards, it is the client again')
    },
  },
  {
    name: 'invocations: enter() neither holds events nor waits for them',
    async run({ createClient, collector }) {
      const host = createHost()
      const scope = createClient().scope({ waitUntil: host.waitUntil, userId: 'u1' })
      const act = () => {
        scope.track({ event: 'E' })
        return 5
      }
      equal(scope.enter(act), 5, 'what the function returned')
      await only(host.promises, 'promises')
      equal(await receivedNames(collector), ['E'])
    },
  },
  {
    name: "scope: it inherits its client's waitUntil, ids and context, and its own take precedence",
    async run({ createClient, collector }) {
      const host = createHost()
      const context = { locale: 'de', app: { name: 'shop' } }
      const client = createClient({}, { waitUntil: host.waitUntil, userId: 'u1', anonymousId: 'a1', context })
      client.scope().track({ userId: 'u1', event: 'One' })
      client.scope({ userId: 'u2', context: { locale: 'fr' } }).track({ event: 'Two' })
      equal(host.promises.length, 2, 'promises')
      await Promise.all(host.promises)
      const events = await receivedEvents(collector)
      const library = { name: 'analytics-edge', version: client.VERSION }
      equal(
        events
          .map(({ event, userId, anonymousId, context }) => [event, userId, anonymousId, context])
          .toSorted(([one], [two]) => String(one).localeCompare(String(two))),
        [
          ['One', 'u1', 'a1', { ...context, library }],
          ['Two', 'u2', 'a1', { locale: 'fr', app: { name: 'shop' }, library }],
        ],
      )
    },
  },
]
