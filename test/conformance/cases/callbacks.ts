import type { Context } from '../../../dist/index.js'
import { equal, ok, only } from '../assert.ts'
import { type Case, toFailure } from '../case.ts'

type Told = [error: unknown, context: Context | undefined]

export const callbackCases: Case[] = [
  {
    name: 'a callback gets (undefined, ctx) once its event is delivered, never inside the call',
    async run({ createClient, collector }) {
      const client = createClient({ flushAt: 1 })
      const told: Told[] = []
      client.track({ userId: 'u1', event: 'E', messageId: 'm-1' }, (error, context) => told.push([error, context]))
      equal(told.length, 0, 'callbacks inside the call')
      await client.flush()
      const [error, context] = only(told, 'callbacks')
      equal([error, context?.id, context?.failedDelivery()], [undefined, 'm-1', undefined])
      equal((await collector.events()).length, 1, 'events')
    },
  },
  {
    name: 'each of the six calls takes a callback',
    async run({ createClient }) {
      const client = createClient()
      const told: unknown[] = []
      const tell = (error: unknown, context?: Context) => told.push([error, context?.event.type])
      client.track({ userId: 'u1', event: 'E' }, tell)
      client.identify({ userId: 'u1' }, tell)
      client.page({ userId: 'u1' }, tell)
      client.screen({ userId: 'u1' }, tell)
      client.group({ userId: 'u1', groupId: 'g1' }, tell)
      client.alias({ userId: 'u1', previousId: 'p1' }, tell)
      await client.flush()
      equal(
        told,
        ['track', 'identify', 'page', 'screen', 'group', 'alias'].map((type) => [undefined, type]),
      )
    },
  },
  {
    name: 'a callback gets (reason, ctx) when its event has failed',
    async run({ lib, createClient, collector }) {
      await collector.fail({ status: 404 })
      const client = createClient()
      const told: Told[] = []
      client.track({ userId: 'u1', event: 'E' }, (error, context) => told.push([error, context]))
      equal(await client.flush(), { delivered: 0, failed: 1 })
      const [error, context] = only(told, 'callbacks')
      const reason = toFailure(lib, error)
      equal(context?.failedDelivery()?.reason === reason, true, 'the same reason in both')
      equal([reason.code, reason.status], ['ERR_HTTP_STATUS', 404])
    },
  },
  {
    name: 'the error event reports each failed event once, the event of its type never',
    async run({ createClient, collector }) {
      await collector.fail({ status: 404 })
      const client = createClient()
      const told: unknown[] = []
      client.on('track', () => told.push('track'))
      client.on('error', ({ code, reason, ctx }) => {
        told.push([code, ctx.event.event, reason === ctx.failedDelivery()?.reason])
      })
      client.track({ userId: 'u1', event: 'One' })
      await client.track({ userId: 'u1', event: 'Two' })
      equal(told, [
        ['delivery_failure', 'One', true],
        ['delivery_failure', 'Two', true],
      ])
    },
  },
  {
    name: 'a call made in a callback is also sent, and is not part of the flush that led to it',
    async run({ createClient, collector }) {
      const client = createClient()
      let isCalled = false
      client.track({ userId: 'u1', event: 'First' }, () => {
        isCalled = true
        client.track({ userId: 'u1', event: 'Second' })
      })
      equal(await client.flush(), { delivered: 1, failed: 0 }, 'the first flush')
      ok(isCalled, 'the callback was called')
      await client.flush()
      equal(
        (await collector.events()).map(({ event }) => event.event),
        ['First', 'Second'],
      )
    },
  },
  {
    name: 'a callback may await a flush',
    async run({ createClient, collector }) {
      const client = createClient()
      client.track({ userId: 'u1', event: 'First' }, async () => {
        client.track({ userId: 'u1', event: 'Second' })
        await client.flush()
      })
      equal(await client.flush(), { delivered: 1, failed: 0 }, 'the flush')
      equal(
        (await collector.events()).map(({ event }) => event.event),
        ['First', 'Second'],
      )
    },
  },
]
