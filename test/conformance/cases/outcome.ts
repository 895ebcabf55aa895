import type { Outcome } from '../../../dist/index.js'
import { equal } from '../assert.ts'
import type { Case } from '../case.ts'

/** Has nothing but what JSON, structuredClone, RPC and React's server actions carry. */
function checkPlain(outcome: Outcome): void {
  equal(structuredClone(outcome), outcome, 'structuredClone')
  equal(JSON.parse(JSON.stringify(outcome)), outcome, 'JSON')
  for (const value of [outcome, outcome.error ?? {}]) {
    equal(Object.getPrototypeOf(value) === Object.prototype, true, 'a plain object')
    equal(Object.getOwnPropertySymbols(value), [], 'symbols')
  }
}

export const outcomeCases: Case[] = [
  {
    name: 'the Outcome of a delivered event is plain data',
    async run({ createClient }) {
      const outcome = await createClient().track({ userId: 'u1', event: 'E', messageId: 'm-1' })
      equal(outcome, { messageId: 'm-1', status: 'delivered', attempts: 1 })
      checkPlain(outcome)
    },
  },
  {
    name: 'the Outcome of a failed event is plain data, including its reason',
    async run({ createClient, collector }) {
      await collector.fail({ status: 403 })
      const outcome = await createClient().track({ userId: 'u1', event: 'E', messageId: 'm-1' })
      const error = { code: 'ERR_HTTP_STATUS', message: '[403] Forbidden', status: 403 }
      equal(outcome, { messageId: 'm-1', status: 'failed', attempts: 1, error })
      checkPlain(outcome)
    },
  },
  {
    name: 'the Outcome of an event that was never sent is plain data',
    async run({ createClient }) {
      const outcome = await createClient().track({ userId: 'u1', event: 'E', messageId: 'm-1', properties: { id: 1n } })
      const { error, ...others } = outcome
      equal(others, { messageId: 'm-1', status: 'failed', attempts: 0 })
      equal(error?.code, 'ERR_NOT_SERIALIZABLE')
      checkPlain(outcome)
    },
  },
  {
    name: 'the Outcome of an event that onUndelivered took is plain data, with the status handed-over',
    async run({ createClient, collector }) {
      await collector.fail({ status: 404 })
      const client = createClient({ onUndelivered: () => {} })
      const outcome = await client.track({ userId: 'u1', event: 'E', messageId: 'm-1' })
      const { error, ...others } = outcome
      equal(others, { messageId: 'm-1', status: 'handed-over', attempts: 1 })
      equal(error?.code, 'ERR_HANDED_OVER')
      checkPlain(outcome)
    },
  },
]
