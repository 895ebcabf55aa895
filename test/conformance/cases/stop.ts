import { equal, ok, only } from '../assert.ts'
import { type Case, failureOf, receivedNames } from '../case.ts'

/** Far more than the second for which a body is read, far less than `httpRequestTimeout` there. */
const PATIENCE_MS = 10_000

/** Statuses that say: this will never do. */
const PERMANENT_STATUSES = [400, 401, 403, 404, 413, 415, 422, 501, 505, 511]

export const stopCases: Case[] = [
  ...PERMANENT_STATUSES.map(
    (status): Case => ({
      name: `a single event answered with ${status} fails with that status and is not retried`,
      async run({ lib, createClient, collector }) {
        await collector.fail({ status, times: 1 })
        const client = createClient()
        const reason = await failureOf(lib, client.track({ userId: 'u1', event: 'Bad' }))
        equal([reason.code, reason.status], ['ERR_HTTP_STATUS', status])
        ok(reason.message.startsWith(`[${status}] `), `'${reason.message}' begins with the status`)
        only(await collector.requests(), 'requests')
        await client.track({ userId: 'u1', event: 'Good' })
        equal(await receivedNames(collector), ['Good'])
      },
    }),
  ),
  {
    name: 'the reason of a rejected event contains the status text',
    async run({ lib, createClient, collector }) {
      await collector.fail({ status: 403, statusText: 'Gone Fishing' })
      const reason = await failureOf(lib, createClient().track({ userId: 'u1', event: 'E' }))
      equal(reason.message, '[403] Gone Fishing')
    },
  },
  {
    name: 'the reason of a 404 names the URL and the settings behind it',
    async run({ lib, createClient, collector }) {
      await collector.fail({ status: 404 })
      const { message } = await failureOf(lib, createClient().track({ userId: 'u1', event: 'E' }))
      ok(message.startsWith('[404] '), message)
      for (const words of [`POST ${collector.url}/v1/batch`, "'host'", "'path'"]) ok(message.includes(words), message)
    },
  },
  ...[301, 302, 303, 307, 308].map(
    (status): Case => ({
      name: `${status} is not followed: the event fails, and the reason names the location`,
      async run({ lib, createClient, collector }) {
        const location = `${collector.url}/v1/elsewhere`
        await collector.fail({ status, headers: { location } })
        const reason = await failureOf(lib, createClient().track({ userId: 'u1', event: 'E' }))
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
        const outcome = await createClient().track({ userId: 'u1', event: 'E' })
        equal([outcome.status, outcome.attempts], ['delivered', 1])
        equal(await receivedNames(collector), ['E'])
      },
    }),
  ),
  {
    name: 'a 200 whose body never ends counts as delivered within seconds, and nothing is sent twice',
    async run({ createClient, collector }) {
      await collector.fail({ hangBody: true, times: 1 })
      const client = createClient({ httpRequestTimeout: 600_000 })
      const startedMs = Date.now()
      const outcome = await client.track({ userId: 'u1', event: 'E' })
      equal([outcome.status, outcome.attempts], ['delivered', 1])
      ok(Date.now() - startedMs < PATIENCE_MS, `it took ${Date.now() - startedMs} ms`)
      await client.track({ userId: 'u1', event: 'After' })
      equal(await receivedNames(collector), ['E', 'After'])
    },
  },
  {
    name: 'a 400 whose body never ends fails within seconds, and is not sent again',
    async run({ lib, createClient, collector }) {
      await collector.fail({ status: 400, hangBody: true, times: 1 })
      const client = createClient({ httpRequestTimeout: 600_000 })
      const startedMs = Date.now()
      const reason = await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))
      equal([reason.code, reason.status], ['ERR_HTTP_STATUS', 400])
      ok(Date.now() - startedMs < PATIENCE_MS, `it took ${Date.now() - startedMs} ms`)
      only(await collector.requests(), 'requests')
    },
  },
  {
    name: 'a port that nothing listens on causes ERR_NETWORK',
    async run({ lib, createClient }) {
      // Port 1 is free everywhere, and fetch does not always refuse it by itself: both are network errors.
      const client = createClient({ host: 'http://127.0.0.1:1', maxRetries: 1 })
      const { code, cause } = await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))
      equal([code, cause instanceof Error], ['ERR_NETWORK', true])
    },
  },
]
