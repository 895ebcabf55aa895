import { equal, ok } from '../assert.ts'
import { type Case, failureOf, LONG_MS, receivedNames } from '../case.ts'
import { registerApp } from '../oauth-app.ts'

export const oauthServerCases: Case[] = [
  ...[-600_000, 600_000].map(
    (clockSkewMs): Case => ({
      name: `oauth: a clock that is ${clockSkewMs / 60_000} minutes off is corrected by the server’s Date`,
      async run({ createClient, collector }) {
        const app = await registerApp(collector.url, { clockSkewMs })
        const client = createClient({ oauthSettings: app.settings({ maxRetries: 0 }), maxRetries: 0 })
        equal((await client.track({ userId: 'u1', event: 'One' })).status, 'delivered')
        equal(await app.tokenAnswers(), [400, 200])
        // The clock stays corrected, and the token's life is counted by it.
        equal((await client.track({ userId: 'u1', event: 'Two' })).status, 'delivered')
        equal(await app.revoke(), 1)
        equal((await client.track({ userId: 'u1', event: 'Three' })).status, 'delivered')
        equal(await app.tokenAnswers(), [400, 200, 200])
        equal(await receivedNames(collector), ['One', 'Two', 'Three'])
      },
    }),
  ),
  {
    name: 'oauth: an assertion whose time is rejected twice is abandoned',
    async run({ lib, createClient, collector }) {
      const app = await registerApp(collector.url)
      await app.fail({ status: 400, body: { error: 'invalid_client', error_description: 'token is expired' } })
      const client = createClient({ oauthSettings: app.settings() })
      const reason = await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))
      equal([reason.code, reason.status], ['ERR_TOKEN', 400])
      equal(await app.tokenAnswers(), [400, 400])
    },
  },
  ...[400, 401, 415].map(
    (status): Case => ({
      name: `oauth: ${status} of the token server fails everything that waits, at once; the next flush tries again`,
      async run({ lib, createClient, collector }) {
        const app = await registerApp(collector.url)
        const body = { error: 'invalid_client', error_description: 'no such app' }
        await app.fail({ status, body, times: 1 })
        const settings = { oauthSettings: app.settings(), flushAt: 1, maxConcurrentRequests: 2 }
        const client = createClient(settings)
        const reasons: string[] = []
        const note = (error: unknown) =>
          void reasons.push(`${error instanceof lib.DeliveryError && error.code} ${error}`)
        for (let index = 0; index < 10; index++) client.track({ userId: 'u1', event: 'E' }, note)
        equal(await client.flush(), { delivered: 0, failed: 10 })
        equal(reasons.length, 10)
        for (const reason of reasons) {
          ok(reason.startsWith('ERR_TOKEN') && reason.includes(`[${status}]`), reason)
          ok(reason.includes('invalid_client: no such app'), reason)
        }
        equal(await app.tokenAnswers(), [status])

        equal((await client.track({ userId: 'u1', event: 'Next' })).status, 'delivered', 'the next flush')
        equal(await app.tokenAnswers(), [status, 200])
        equal(await receivedNames(collector), ['Next'])
      },
    }),
  ),
  ...[{ retryAfter: 1 }, { status: 429, headers: { 'X-RateLimit-Reset': '1' } }].map(
    (fault): Case => ({
      name: `oauth: ${JSON.stringify(fault)} of the token server is waited for, and does not count as a retry`,
      async run({ createClient, collector }) {
        const app = await registerApp(collector.url)
        await app.fail({ ...fault, times: 1 })
        const client = createClient({ oauthSettings: app.settings({ maxRetries: 0 }) })
        equal((await client.track({ userId: 'u1', event: 'E' })).status, 'delivered')
        const [first, second] = await app.tokenRequests()
        const waitedMs = Date.parse(second?.at ?? '') - Date.parse(first?.at ?? '')
        // Timers of some runtimes are a little early.
        ok(waitedMs >= 950, `the second request came after ${waitedMs} ms`)
        equal(await app.tokenAnswers(), [429, 200])
      },
    }),
  ),
  {
    name: 'oauth: a Retry-After of the token server beyond the deadline is not waited for, and other scopes know of it',
    async run({ lib, createClient, collector }) {
      const app = await registerApp(collector.url)
      await app.fail({ retryAfter: 200 })
      const client = createClient({ oauthSettings: app.settings() })
      const startedMs = Date.now()
      for (const scope of [client.scope({ userId: 'u1' }), client.scope({ userId: 'u2' })]) {
        const { code, cause } = await failureOf(lib, scope.track({ event: 'E' }))
        equal(code, 'ERR_DEADLINE')
        ok(cause instanceof lib.DeliveryError, `the cause ${String(cause)} is a DeliveryError`)
        equal([cause.code, cause.status], ['ERR_TOKEN', 429])
      }
      ok(Date.now() - startedMs < LONG_MS, 'it ended at once')
      equal(await app.tokenAnswers(), [429])
    },
  },
  ...[{ status: 500 }, { status: 503 }, { reset: true as const }, { status: 200, body: 'nonsense' }].map(
    (fault): Case => ({
      name: `oauth: ${JSON.stringify(fault)} of the token server is retried`,
      async run({ createClient, collector }) {
        const app = await registerApp(collector.url)
        await app.fail({ ...fault, times: 2 })
        const client = createClient({ oauthSettings: app.settings(), minRetryDelay: 10 })
        const outcome = await client.track({ userId: 'u1', event: 'E' })
        equal([outcome.status, outcome.attempts], ['delivered', 1])
        equal((await app.tokenAnswers()).length, 3, 'token requests')
        equal((await collector.requests()).length, 1, 'batches')
      },
    }),
  ),
  {
    name: 'oauth: oauthSettings.maxRetries applies to the token server, or else maxRetries',
    async run({ lib, createClient, collector }) {
      for (const [own, count] of [
        [1, 2],
        [undefined, 3],
      ] as const) {
        const app = await registerApp(collector.url)
        await app.fail({ status: 502 })
        const oauthSettings = app.settings({ maxRetries: own })
        const client = createClient({ oauthSettings, maxRetries: 2, minRetryDelay: 10 })
        const reason = await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))
        equal([reason.code, reason.status], ['ERR_TOKEN', 502])
        equal((await app.tokenAnswers()).length, count, 'token requests')
      }
    },
  },
  {
    name: 'oauth: a hanging token server costs no more than the deadline, and the next flush starts afresh',
    async run({ lib, createClient, collector }) {
      const app = await registerApp(collector.url)
      await app.fail({ hang: true, times: 1 })
      const client = createClient({ oauthSettings: app.settings(), httpRequestTimeout: 600_000, flushAt: 1 })
      const deliveries = ['One', 'Two'].map((event) => client.track({ userId: 'u1', event }))
      equal(await client.flush({ timeout: 200 }), { delivered: 0, failed: 2 })
      for (const delivery of deliveries) equal((await failureOf(lib, delivery)).code, 'ERR_DEADLINE')
      equal((await client.track({ userId: 'u1', event: 'Next' })).status, 'delivered', 'the next flush')
      equal(await receivedNames(collector), ['Next'])
    },
  },
  {
    name: 'oauth: httpRequestTimeout ends a hanging token request, and the next one brings a token',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      await app.fail({ hang: true, times: 1 })
      const client = createClient({ oauthSettings: app.settings(), httpRequestTimeout: 1_500 })
      equal((await client.track({ userId: 'u1', event: 'E' })).status, 'delivered')
      equal((await app.tokenAnswers()).length, 2)
    },
  },
]
