import { equal, ok, only, rejects } from '../assert.ts'
import { type Case, createGate, LONG_MS, pause, receivedEvents, receivedNames, waitFor } from '../case.ts'

export const deliveryCases: Case[] = [
  {
    name: 'awaiting a call sends it now and returns its Outcome',
    async run({ createClient, collector }) {
      const startedMs = Date.now()
      const outcome = await createClient().track({ userId: 'u1', event: 'E', messageId: 'm-1' })
      ok(Date.now() - startedMs < LONG_MS, 'it does not wait for flushInterval')
      equal(outcome, { messageId: 'm-1', status: 'delivered', attempts: 1 })
      equal(await receivedNames(collector), ['E'], 'what arrived before the await ended')
    },
  },
  {
    name: 'a call makes no request by itself: an event that nobody awaits is sent by a flush',
    async run({ createClient, collector }) {
      const client = createClient()
      let requestCount = 0
      client.on('http_request', () => requestCount++)
      client.track({ userId: 'u1', event: 'Left alone' })
      equal(requestCount, 0, 'requests made inside the call')
      equal(await client.flush(), { delivered: 1, failed: 0 })
      equal(await receivedNames(collector), ['Left alone'])
    },
  },
  {
    name: 'Promise.all of three calls makes one request',
    async run({ createClient, collector }) {
      const client = createClient()
      const startedMs = Date.now()
      const outcomes = await Promise.all([
        client.identify({ userId: 'u1' }),
        client.track({ userId: 'u1', event: 'One' }),
        client.track({ userId: 'u1', event: 'Two' }),
      ])
      ok(Date.now() - startedMs < LONG_MS, 'it does not wait for flushInterval')
      equal(
        outcomes.map(({ messageId }) => messageId),
        (await receivedEvents(collector)).map(({ messageId }) => messageId),
        'ids',
      )
      equal(only(await collector.requests(), 'requests').eventCount, 3, 'events in it')
    },
  },
  {
    name: 'awaiting one call also sends what is pending',
    async run({ createClient, collector }) {
      const client = createClient()
      client.track({ userId: 'u1', event: 'Before' })
      await client.track({ userId: 'u1', event: 'Awaited' })
      equal(await receivedNames(collector), ['Before', 'Awaited'])
      equal((await collector.requests()).length, 1, 'requests')
    },
  },
  {
    name: 'calls that are awaited in turn arrive in order',
    async run({ createClient, collector }) {
      const client = createClient()
      for (const event of ['One', 'Two', 'Three']) await client.track({ userId: 'u1', event })
      equal(await receivedNames(collector), ['One', 'Two', 'Three'])
    },
  },
  {
    name: 'a Delivery can be awaited again, later, and with catch and finally',
    async run({ createClient, collector }) {
      const delivery = createClient().track({ userId: 'u1', event: 'E' })
      let isFinal = false
      const [first, second, caught, final] = await Promise.all([
        delivery,
        delivery,
        delivery.catch(() => 'rejected'),
        delivery.finally(() => {
          isFinal = true
        }),
      ])
      equal([second === first, caught === first, final === first, isFinal], [true, true, true, true])
      equal((await delivery) === first, true, 'the same Outcome afterwards')
      equal((await collector.requests()).length, 1, 'requests')
    },
  },
  {
    name: 'a Delivery that is awaited after its event was flushed resolves',
    async run({ createClient }) {
      const client = createClient()
      const delivery = client.track({ userId: 'u1', event: 'E' })
      await client.flush()
      equal((await delivery).status, 'delivered')
    },
  },
  {
    name: 'a failed delivery resolves, and its Outcome says why',
    async run({ createClient, collector }) {
      await collector.fail({ status: 401 })
      const { status, attempts, error } = await createClient().track({ userId: 'u1', event: 'E' })
      equal([status, attempts], ['failed', 1])
      equal(error, { code: 'ERR_HTTP_STATUS', message: '[401] Unauthorized', status: 401 })
    },
  },
  {
    name: 'orThrow resolves with the Outcome of a delivered event and rejects with the reason of a failed one',
    async run({ lib, createClient, collector }) {
      const client = createClient()
      const { status } = await client.track({ userId: 'u1', event: 'Good' }).orThrow()
      equal(status, 'delivered')
      await collector.fail({ status: 403, times: 1 })
      const reason = await rejects(client.track({ userId: 'u1', event: 'Bad' }).orThrow())
      ok(reason instanceof lib.DeliveryError && reason instanceof Error, `${String(reason)} is a DeliveryError`)
      equal([reason.code, reason.status], ['ERR_HTTP_STATUS', 403])
      equal(await receivedNames(collector), ['Good'])
    },
  },
  {
    name: 'an event that nobody flushes is sent after flushInterval',
    async run({ createClient, collector }) {
      const client = createClient({ flushInterval: 20 })
      client.track({ userId: 'u1', event: 'One' })
      client.track({ userId: 'u1', event: 'Two' })
      await waitFor('both arrive', async () => (await collector.events()).length === 2)
      client.track({ userId: 'u1', event: 'Three' })
      await waitFor('the third arrives', async () => (await collector.events()).length === 3)
      equal(await receivedNames(collector), ['One', 'Two', 'Three'])
      equal((await collector.requests()).length, 2, 'requests')
    },
  },
  {
    name: 'the emitter reports each delivered event under its type',
    async run({ createClient }) {
      const client = createClient()
      const told: string[] = []
      const types = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const
      for (const type of types) client.on(type, ({ event }) => told.push(`${type} ${event.type}`))
      const drained = createGate()
      client.once('drained', drained.open)
      const dropped = () => told.push('dropped')
      client.on('track', dropped).off('track', dropped)
      client.alias({ userId: 'u1', previousId: 'p1' })
      client.group({ userId: 'u1', groupId: 'g1' })
      client.screen({ userId: 'u1' })
      client.page({ userId: 'u1' })
      client.identify({ userId: 'u1' })
      await client.track({ userId: 'u1', event: 'E' })
      await Promise.race([drained.promise, pause(LONG_MS).then(() => told.push('not drained'))])
      equal(told, ['alias alias', 'group group', 'screen screen', 'page page', 'identify identify', 'track track'])
    },
  },
]
