import { equal, ok } from '../assert.ts'
import { type Case, failureOf, LONG_MS, pause, receivedNames } from '../case.ts'

export const closeCases: Case[] = [
  {
    name: 'closeAndFlush delivers pending events',
    async run({ createClient, collector }) {
      const client = createClient()
      client.track({ userId: 'u1', event: 'One' })
      client.track({ userId: 'u1', event: 'Two' })
      equal(await client.closeAndFlush(), { delivered: 2, failed: 0 })
      equal(await receivedNames(collector), ['One', 'Two'])
    },
  },
  {
    name: 'a call after closeAndFlush is passed to call_after_close and never sent',
    async run({ lib, createClient, collector }) {
      const client = createClient()
      const handedBack: unknown[] = []
      client.on('call_after_close', ({ type, messageId }) => handedBack.push([type, messageId]))
      client.track({ userId: 'u1', event: 'Before' })
      const closed = client.closeAndFlush()
      const during = client.track({ userId: 'u1', event: 'During', messageId: 'm-during' })
      await closed
      const after = client.identify({ userId: 'u1', messageId: 'm-after' })
      const fromScope = client.scope().track({ userId: 'u1', event: 'In a scope', messageId: 'm-scope' })
      for (const delivery of [during, after, fromScope]) equal((await failureOf(lib, delivery)).code, 'ERR_CLOSED')
      equal(
        handedBack,
        [
          ['track', 'm-during'],
          ['identify', 'm-after'],
          ['track', 'm-scope'],
        ],
        'handed back',
      )
      equal(await client.flush(), { delivered: 0, failed: 0 }, 'a flush afterwards')
      equal(await receivedNames(collector), ['Before'])
    },
  },
  {
    name: 'the callback of a call after closeAndFlush gets the reason',
    async run({ lib, createClient }) {
      const client = createClient()
      await client.closeAndFlush()
      const error = await new Promise((resolve) => client.track({ userId: 'u1', event: 'E' }, resolve))
      ok(error instanceof lib.DeliveryError, `${String(error)} is a DeliveryError`)
      equal(error.code, 'ERR_CLOSED')
    },
  },
  {
    name: 'closeAndFlush waits for callbacks and for the promises that they return',
    async run({ createClient }) {
      const client = createClient()
      const ended: string[] = []
      client.track({ userId: 'u1', event: 'E' }, async () => {
        await pause(50)
        ended.push('slow')
      })
      client.track({ userId: 'u1', event: 'E' }, () => ended.push('quick'))
      await client.closeAndFlush()
      equal(ended.toSorted(), ['quick', 'slow'], 'callbacks that had ended')
    },
  },
  {
    name: 'closeAndFlush({ timeout }) ends in time even if the endpoint hangs, and again even if a callback does',
    async run({ createClient, collector }) {
      const startedMs = Date.now()
      await collector.fail({ hang: true, times: 1 })
      const hanging = createClient({ httpRequestTimeout: 600_000 })
      hanging.track({ userId: 'u1', event: 'E' })
      equal(await hanging.closeAndFlush({ timeout: 100 }), { delivered: 0, failed: 1 })

      const waiting = createClient()
      const endless = new Promise(() => {})
      await waiting.track({ userId: 'u1', event: 'E' }, () => endless)
      equal(await waiting.closeAndFlush({ timeout: 100 }), { delivered: 0, failed: 0 })
      ok(Date.now() - startedMs < LONG_MS, 'they ended in time')
    },
  },
  {
    name: 'closing twice is allowed',
    async run({ createClient }) {
      const client = createClient()
      client.track({ userId: 'u1', event: 'E' })
      const results = await Promise.all([client.closeAndFlush(), client.closeAndFlush()])
      equal(results, [
        { delivered: 1, failed: 0 },
        { delivered: 1, failed: 0 },
      ])
    },
  },
]
