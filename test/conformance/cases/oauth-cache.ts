import type { TokenCache } from '../../../dist/index.js'
import { equal, ok, only } from '../assert.ts'
import { type Case, LONG_MS, receivedNames, waitFor } from '../case.ts'
import { ageTokens, createMemoryCache, registerApp } from '../oauth-app.ts'
import { createHost } from './oauth.ts'

/** Stores of tokens that are no help. */
const BROKEN_CACHES: [what: string, cache: TokenCache][] = [
  ['that throws', { get: () => fail(), set: () => fail() }],
  ['that rejects', { get: async () => fail(), set: async () => fail() }],
  ['that hangs', { get: () => new Promise(() => {}), set: () => new Promise(() => {}) }],
  ['that answers nonsense', { get: () => '{"token":5}', set: () => 'nonsense' }],
  ['that answers no text', { get: () => 5 as unknown as string, set: () => undefined }],
]

function fail(): never {
  throw new Error('the store is down')
}

export const oauthCacheCases: Case[] = [
  {
    name: 'oauth: isolates that share a tokenCache share a token',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url, { tokenLifeSeconds: 3600 })
      const tokenCache = createMemoryCache()
      for (const event of ['One', 'Two', 'Three']) {
        // A separate client knows as little as a fresh isolate.
        const client = createClient({ oauthSettings: app.settings({ tokenCache }) })
        const host = createHost()
        await client.scope({ userId: 'u1', waitUntil: host.waitUntil }).track({ event })
        await Promise.all(host.promises)
      }
      equal(await receivedNames(collector), ['One', 'Two', 'Three'])
      equal(await app.tokenAnswers(), [200])
      const [key] = [...tokenCache.entries.keys()]
      ok(key?.includes(app.clientId) && !key.includes(collector.writeKey), `the key is ${key}`)
      const { expiresAt } = JSON.parse(only(tokenCache.sets, 'stored tokens'))
      const leftMs = expiresAt - Date.now()
      ok(leftMs > 3_500_000 && leftMs <= 3_600_000, `the token has ${leftMs} ms left`)
    },
  },
  {
    name: 'oauth: a token past half of its life is used, and refreshed through waitUntil',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      const tokenCache = createMemoryCache()
      await createClient({ oauthSettings: app.settings({ tokenCache }) }).track({ userId: 'u1', event: 'One' })
      await waitFor('the token is stored', () => tokenCache.sets.length === 1)
      ageTokens(tokenCache, 0.9)
      await app.fail({ requests: [0], delayMs: 1_000 })

      const client = createClient({ oauthSettings: app.settings({ tokenCache }) })
      const host = createHost()
      const scope = client.scope({ userId: 'u1', waitUntil: host.waitUntil })
      equal((await scope.track({ event: 'Two' })).status, 'delivered')
      equal(
        (await app.tokenAnswers()).filter((status) => status === 200).length,
        1,
        'tokens when the event is delivered',
      )
      equal(host.promises.length >= 2, true, 'waitUntil got the refresh')
      await Promise.all(host.promises)
      equal(await app.tokenAnswers(), [200, 200])

      // The new token holds: no further request, in this client or another.
      await client.scope({ userId: 'u1' }).track({ event: 'Three' })
      await createClient({ oauthSettings: app.settings({ tokenCache }) }).track({ userId: 'u1', event: 'Four' })
      equal(await app.tokenAnswers(), [200, 200])
      equal(await receivedNames(collector), ['One', 'Two', 'Three', 'Four'])
    },
  },
  {
    name: 'oauth: a failing refresh fails no event while the token is valid',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      const tokenCache = createMemoryCache()
      await createClient({ oauthSettings: app.settings({ tokenCache }) }).track({ userId: 'u1', event: 'One' })
      await waitFor('the token is stored', () => tokenCache.sets.length === 1)
      ageTokens(tokenCache, 0.9)
      await app.fail({ status: 400 })
      const client = createClient({ oauthSettings: app.settings({ tokenCache }) })
      for (const event of ['Two', 'Three']) await client.scope({ userId: 'u1' }).track({ event })
      equal(await receivedNames(collector), ['One', 'Two', 'Three'])
      // One try for all scopes: the next one comes later.
      await waitFor('the refresh has failed', async () => (await app.tokenAnswers()).at(-1) === 400)
      equal(await app.tokenAnswers(), [200, 400])
    },
  },
  {
    name: 'oauth: an expired token in a tokenCache is not used',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      const tokenCache = createMemoryCache()
      await createClient({ oauthSettings: app.settings({ tokenCache }) }).track({ userId: 'u1', event: 'One' })
      await waitFor('the token is stored', () => tokenCache.sets.length === 1)
      ageTokens(tokenCache, 1.1)
      await createClient({ oauthSettings: app.settings({ tokenCache }) }).track({ userId: 'u1', event: 'Two' })
      equal(
        (await collector.requests()).map(({ status }) => status),
        [200, 200],
      )
      equal(await app.tokenAnswers(), [200, 200])
    },
  },
  {
    name: 'oauth: a revoked token in a tokenCache is replaced there as well',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      const tokenCache = createMemoryCache()
      await createClient({ oauthSettings: app.settings({ tokenCache }) }).track({ userId: 'u1', event: 'One' })
      await waitFor('the token is stored', () => tokenCache.sets.length === 1)
      await app.revoke()
      await createClient({ oauthSettings: app.settings({ tokenCache }) }).track({ userId: 'u1', event: 'Two' })
      await waitFor('the new token is stored', () => tokenCache.sets.length === 2)
      await createClient({ oauthSettings: app.settings({ tokenCache }) }).track({ userId: 'u1', event: 'Three' })
      equal(
        (await collector.requests()).map(({ status }) => status),
        [200, 401, 200, 200],
      )
      equal(await app.tokenAnswers(), [200, 200])
    },
  },
  {
    name: 'oauth: an older answer of the token server does not overwrite a newer one',
    async run({ createClient, collector }) {
      const app = await registerApp(collector.url)
      await app.fail({ requests: [0], delayMs: 1_500 })
      const tokenCache = createMemoryCache()
      const client = createClient({ oauthSettings: app.settings({ tokenCache }) })
      const older = client.scope({ userId: 'u1' }).track({ event: 'Older' }).orThrow()
      await waitFor('the first token request', async () => (await app.tokenRequests()).length === 1)
      await client.scope({ userId: 'u1' }).track({ event: 'Newer' })
      await waitFor('the newer token is stored', () => tokenCache.sets.length === 1)
      equal(await app.tokenAnswers(), ['pending', 200], 'when the newer answer is there')
      await older
      equal(await app.tokenAnswers(), [200, 200])
      equal(tokenCache.sets.length, 1, 'stored tokens')
      equal(await receivedNames(collector), ['Newer', 'Older'])
    },
  },
  ...BROKEN_CACHES.map(
    ([what, tokenCache]): Case => ({
      name: `oauth: a tokenCache ${what} delays nothing`,
      async run({ createClient, collector }) {
        const app = await registerApp(collector.url)
        const client = createClient({ oauthSettings: app.settings({ tokenCache }) })
        const startedMs = Date.now()
        const host = createHost()
        await client.scope({ userId: 'u1', waitUntil: host.waitUntil }).track({ event: 'E' })
        await Promise.all(host.promises)
        ok(Date.now() - startedMs < LONG_MS, 'it ended in time')
        equal(await receivedNames(collector), ['E'])
        equal(await app.tokenAnswers(), [200])
      },
    }),
  ),
]
