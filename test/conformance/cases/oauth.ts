import type { HTTPClient } from '../../../dist/index.js'
import { equal, ok, only } from '../assert.ts'
import { type Case, failureOf, pause, receivedNames } from '../case.ts'
import { registerApp } from '../oauth-app.ts'

/** A host's waitUntil that remembers what it was given. */
export function createHost() {
  const promises: Promise<unknown>[] = []
  return { promises, waitUntil: (promise: Promise<unknown>) => void promises.push(promise) }
}

export const oauthCases: Case[] = [
  {
    name: 'oauth: an event arrives with a token, and the write key stays in the body',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      const outcome = await createClient({ oauthSettings: app.settings() }).track({ userId: 'u1', event: 'E' })
      equal([outcome.status, outcome.attempts], ['delivered', 1])
      const request = only(await collector.requests())
      equal([request.headers.authorization, request.writeKey], ['Bearer', collector.writeKey])
      equal(await receivedNames(collector), ['E'])
      equal(await app.tokenAnswers(), [200])
    },
  },
  {
    name: 'oauth: an authServer may end in a slash, and the scope may be set',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url, { scopes: ['tracking_api:write', 'other'] })
      const oauthSettings = app.settings({ authServer: `${collector.url}/`, scope: 'tracking_api:write other' })
      equal((await createClient({ oauthSettings }).track({ userId: 'u1', event: 'E' })).status, 'delivered')
      equal(
        (await app.tokenRequests()).map(({ path, status }) => [path, status]),
        [['/token', 200]],
      )
    },
  },
  ...[4, 100].map(
    (maxConcurrentRequests): Case => ({
      name: `oauth: 100 first batches of one scope, ${maxConcurrentRequests} at a time, make one token request`,
      async run({ createClient, collector }) {
        const app = await registerApp(collector.url)
        const settings = { oauthSettings: app.settings(), flushAt: 1, maxConcurrentRequests }
        const scope = createClient(settings).scope({ userId: 'u1' })
        for (let index = 0; index < 100; index++) scope.track({ event: `${index}` })
        equal(await scope.flush(), { delivered: 100, failed: 0 })
        equal((await collector.requests()).length, 100, 'batches')
        equal(await app.tokenAnswers(), [200])
      },
    }),
  ),
  {
    name: 'oauth: the scopes of a client share its token',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      const client = createClient({ oauthSettings: app.settings() })
      for (const event of ['One', 'Two', 'Three']) await client.scope({ userId: 'u1' }).track({ event })
      equal(await receivedNames(collector), ['One', 'Two', 'Three'])
      equal(await app.tokenAnswers(), [200])
    },
  },
  {
    name: 'oauth: scopes that start together deliver, each with at most one token request',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      const client = createClient({ oauthSettings: app.settings() })
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) => client.scope({ userId: 'u1' }).track({ event: `${index}` })),
      )
      equal(
        outcomes.map(({ status }) => status),
        Array(10).fill('delivered'),
      )
      const count = (await app.tokenAnswers()).length
      ok(count >= 1 && count <= 10, `${count} token requests`)
    },
  },
  {
    name: 'oauth: tokens that expire in the middle are replaced, and no event fails',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url, { tokenLifeSeconds: 1 })
      const client = createClient({ oauthSettings: app.settings() })
      let count = 0
      let answers = await app.tokenAnswers()
      while (answers.length < 4) {
        const outcome = await client.track({ userId: 'u1', event: `${count++}` })
        equal(outcome.status, 'delivered')
        await pause(40)
        answers = await app.tokenAnswers()
      }
      equal((await receivedNames(collector)).length, count)
      equal(
        answers.filter((status) => status !== 200 && status !== 'pending'),
        [],
        'refused token requests',
      )
    },
  },
  {
    name: 'oauth: a revoked token is replaced once for all batches that were rejected with it',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      const client = createClient({ oauthSettings: app.settings(), flushAt: 1, maxConcurrentRequests: 20 })
      await client.track({ userId: 'u1', event: 'First' })
      equal(await app.revoke(), 1, 'revoked tokens')
      for (let index = 0; index < 20; index++) client.track({ userId: 'u1', event: `${index}` })
      equal(await client.flush(), { delivered: 20, failed: 0 })
      equal((await receivedNames(collector)).length, 21)
      equal(await app.tokenAnswers(), [200, 200])
      const statuses = (await collector.requests()).map(({ status }) => status)
      equal(statuses.filter((status) => status === 401).length, 20, 'refused batches')
    },
  },
  ...[401, 403, 511].map(
    (status): Case => ({
      name: `oauth: ${status} is retried once with another token, whatever maxRetries says; the second is final`,
      async run({ lib, createClient, collector }) {
        const app = await registerApp(collector.url)
        const client = createClient({ oauthSettings: app.settings(), maxRetries: 0 })
        await collector.fail({ path: '/v1/batch', status, times: 1 })
        equal((await client.track({ userId: 'u1', event: 'One' })).status, 'delivered', 'after one refusal')
        equal(await app.tokenAnswers(), [200, 200])

        await collector.fail({ path: '/v1/batch', status })
        const reason = await failureOf(lib, client.track({ userId: 'u1', event: 'Two' }))
        equal([reason.code, reason.status], ['ERR_HTTP_STATUS', status])
        equal(await app.tokenAnswers(), [200, 200, 200])
        equal(
          (await collector.requests()).map((request) => [request.status, request.retryCount]),
          [
            [status, 0],
            [200, 1],
            [status, 0],
            [status, 1],
          ],
        )
      },
    }),
  ),
  {
    name: 'oauth: the token server can be reached through a separate HTTP client',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      const urls: string[] = []
      const httpClient: HTTPClient = {
        makeRequest({ url, method, headers, body, signal }) {
          urls.push(`${method} ${url} ${headers['Content-Type']}`)
          return fetch(url, { method, headers, body, signal })
        },
      }
      const client = createClient({ oauthSettings: app.settings({ httpClient }) })
      await client.track({ userId: 'u1', event: 'E' })
      equal(urls, [`POST ${collector.url}/token application/x-www-form-urlencoded`])
      equal(await receivedNames(collector), ['E'])
    },
  },
  {
    name: 'oauth: disable makes no token request',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      await createClient({ oauthSettings: app.settings(), disable: true }).track({ userId: 'u1', event: 'E' })
      equal([await app.tokenAnswers(), await collector.requests()], [[], []])
    },
  },
  {
    name: 'oauth: listeners see neither tokens nor the write key',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      const client = createClient({ oauthSettings: app.settings() })
      const seen: unknown[] = []
      client.on('http_request', (request) => seen.push(request.headers.Authorization, request.body))
      await client.track({ userId: 'u1', event: 'E' })
      equal(seen[0], '[redacted]')
      ok(!String(seen[1]).includes(collector.writeKey), 'no write key in the body')
    },
  },
]
