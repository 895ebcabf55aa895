import { equal, ok, only } from '../assert.ts'
import { type Case, failureOf, receivedNames } from '../case.ts'

/** Statuses that say: this will never do. */
const PERMANENT_STATUSES = [400, 401, 403, 404, 413, 415, 422, 501, 505, 511]

export const stopCases: Case[] = [
  ...PERMANENT_STATUSES.map(
    (status): Case => ({
      name: `${status} to one event: it fails with the status and is not tried again`,
      async run({ lib, createClient, collector }) {
        await collector.fail({ status, times: 1 })
        const client = createClient()
        const reason = failureOf(lib, await client.track({ userId: 'u1', event: 'Bad' }))
        equal([reason.code, reason.status], ['ERR_HTTP_STATUS', status])
        ok(reason.message.startsWith(`[${status}] `), `'${reason.message}' begins with the status`)
        only(await collector.requests(), 'requests')
        await client.track({ userId: 'u1', event: 'Good' })
        equal(await receivedNames(collector), ['Good'])
      },
    }),
  ),
  {
    name: 'the reason of a refused event has the words of the status line',
    async run({ lib, createClient, collector }) {
      await collector.fail({ status: 404, statusText: 'Gone Fishing' })
      const reason = failureOf(lib, await createClient().track({ userId: 'u1', event: 'E' }))
      equal(reason.message, '[404] Gone Fishing')
    },
  },
  ...[301, 302, 303, 307, 308].map(
    (status): Case => ({
      name: `${status} is not followed: the event fails, and the reason names the location`,
      async run({ lib, createClient, collector }) {
        const location = `${collector.url}/v1/elsewhere`
        await collector.fail({ status, headers: { location } })
        const reason = failureOf(lib, await createClient().track({ userId: 'u1', event: 'E' }))
        equal([reason.code, reason.status], ['ERR_HTTP_STATUS', status])
        ok(reason.message.includes(location), `'${reason.message}' names the location`)
        equal(only(await collector.requests(), 'requests').path, '/v1/batch', 'path')
      },
    }),
  ),
  ...[201, 202, 204].map(
    (status): Case => ({
      name: `${status} is delivered`,
      async run({ createClient, collector }) {
        await collector.fail(status === 204 ? { status, body: '' } : { status })
        const context = await createClient().track({ userId: 'u1', event: 'E' })
        equal([context.failedDelivery(), context.attempts], [undefined, 1])
        equal(await receivedNames(collector), ['E'])
      },
    }),
  ),
  {
    name: 'a 200 whose body never ends is delivered, and nothing is sent twice',
    async run({ createClient, collector }) {
      await collector.fail({ hangBody: true, times: 1 })
      const client = createClient({ httpRequestTimeout: 1_500 })
      const context = await client.track({ userId: 'u1', event: 'E' })
      equal([context.failedDelivery(), context.attempts], [undefined, 1])
      await client.track({ userId: 'u1', event: 'After' })
      equal(await receivedNames(collector), ['E', 'After'])
    },
  },
  {
    name: 'nobody listens at the port: ERR_NETWORK',
    async run({ lib, createClient }) {
      // Port 1 is free everywhere, and fetch does not always refuse it by itself: both are network errors.
      const client = createClient({ host: 'http://127.0.0.1:1', maxRetries: 1 })
      const { code, cause } = failureOf(lib, await client.track({ userId: 'u1', event: 'E' }))
      equal([code, cause instanceof Error], ['ERR_NETWORK', true])
    },
  },
]
