import { equal } from '../assert.ts'
import { type Case, receivedNames } from '../case.ts'

const fail = () => {
  throw new Error("the user's own mistake (expected in this log)")
}
const failLater = async () => fail()

export const throwingCases: Case[] = [
  {
    name: 'a callback that throws or rejects affects no other, and nothing is sent twice',
    async run({ createClient, collector }) {
      const client = createClient()
      const told: string[] = []
      client.track({ userId: 'u1', event: 'One' }, fail)
      client.track({ userId: 'u1', event: 'Two' }, failLater)
      client.track({ userId: 'u1', event: 'Three' }, () => told.push('Three'))
      equal(await client.closeAndFlush(), { delivered: 3, failed: 0 })
      equal(told, ['Three'])
      equal(await receivedNames(collector), ['One', 'Two', 'Three'])
      equal((await collector.requests()).length, 1, 'requests')
    },
  },
  {
    name: 'listeners that throw or reject affect no others, and nothing is sent twice',
    async run({ createClient, collector }) {
      const client = createClient()
      const told: string[] = []
      for (const name of ['track', 'http_request', 'http_response', 'drained'] as const) {
        client.on(name, fail)
        client.on(name, failLater)
        client.on(name, () => told.push(name))
      }
      client.track({ userId: 'u1', event: 'One' })
      equal(await client.flush(), { delivered: 1, failed: 0 })
      equal(told.toSorted(), ['drained', 'http_request', 'http_response', 'track'])
      equal(await receivedNames(collector), ['One'])
      equal((await collector.requests()).length, 1, 'requests')
    },
  },
  {
    name: 'an error listener that throws affects neither the other listeners nor later events',
    async run({ createClient, collector }) {
      await collector.fail({ status: 404, times: 1 })
      const client = createClient()
      const told: unknown[] = []
      client.on('error', fail)
      client.on('error', ({ ctx }) => told.push(ctx.event.event))
      await client.track({ userId: 'u1', event: 'Bad' })
      await client.track({ userId: 'u1', event: 'Good' })
      equal(told, ['Bad'])
      equal(await receivedNames(collector), ['Good'])
    },
  },
  {
    name: 'an error thrown by a call_after_close listener does not reach the caller',
    async run({ createClient }) {
      const client = createClient()
      client.on('call_after_close', fail)
      await client.closeAndFlush()
      equal((await client.track({ userId: 'u1', event: 'E' })).status, 'failed')
    },
  },
  {
    name: 'an error thrown by waitUntil does not reach the caller, and the event is sent',
    async run({ createClient, collector }) {
      const scope = createClient().scope({ waitUntil: fail })
      await scope.track({ userId: 'u1', event: 'E' })
      equal(await receivedNames(collector), ['E'])
    },
  },
]
