import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Analytics, type OAuthSettings, type TokenCache } from '../../../src/index.ts'
import { type OAuthApp, registerApp } from '../../conformance/oauth-app.ts'
import { openCollector } from '../../support/client.ts'

// What the conformance suite cannot look at, since it would reach into the runtime that its other cases share.

const collector = await openCollector()
let app: OAuthApp

beforeEach(async () => {
  app = await registerApp(collector.url)
})
afterEach(() => {
  vi.restoreAllMocks()
})

function createClient(changes: Partial<OAuthSettings> = {}): Analytics {
  return new Analytics({ writeKey: 'wk_auth', host: collector.url, oauthSettings: app.settings(changes) })
}

it('imports, signs and requests nothing before the first event', async () => {
  const [importKey, sign] = [vi.spyOn(crypto.subtle, 'importKey'), vi.spyOn(crypto.subtle, 'sign')]
  const client = createClient()
  client.scope()
  await client.flush()
  expect([importKey.mock.calls.length, sign.mock.calls.length]).toEqual([0, 0])
  expect(await app.tokenAnswers()).toEqual([])
})

it('imports the key once, however many tokens it signs for', async () => {
  const importKey = vi.spyOn(crypto.subtle, 'importKey')
  const client = createClient()
  for (const event of ['One', 'Two', 'Three']) {
    expect((await client.scope().track({ userId: 'u1', event })).status).toBe('delivered')
    await app.revoke()
  }
  expect(await app.tokenAnswers()).toEqual([200, 200, 200])
  // jose, in the collector, imports public keys only.
  expect(importKey.mock.calls.filter(([, , , , usages]) => [...usages].includes('sign'))).toHaveLength(1)
})

it('reports a failing tokenCache once, with the problem', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const problem = new Error('the store is down')
  const tokenCache: TokenCache = { get: () => Promise.reject(problem), set: () => Promise.reject(problem) }
  const client = createClient({ tokenCache })
  for (const event of ['One', 'Two', 'Three']) {
    await client.scope().track({ userId: 'u1', event })
    await app.revoke()
  }
  expect(await app.tokenAnswers()).toEqual([200, 200, 200])
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/tokenCache failed.*the store is down/)]])
})

it('does not wait for a hanging tokenCache past the deadline', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const client = createClient({ tokenCache: { get: () => new Promise(() => {}), set() {} } })
  client.on('error', () => {})
  const delivery = client.track({ userId: 'u1', event: 'E' })
  expect(await client.flush({ timeout: 100 })).toEqual({ delivered: 0, failed: 1 })
  expect((await delivery).error).toMatchObject({ code: 'ERR_DEADLINE' })
  expect(await app.tokenAnswers()).toEqual([])
  // It ended at the deadline, before the cache was given up.
  expect(warn).not.toHaveBeenCalled()
})

it('never puts a token, an assertion or a key into an error or a log', async () => {
  const logged: unknown[] = []
  for (const method of ['warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...values) => void logged.push(...values))
  }
  const assertions: string[] = []
  // A proxy that repeats what it was sent, as error pages do.
  const httpClient: OAuthSettings['httpClient'] = async (_, { body }) => {
    assertions.push(new URLSearchParams(body).get('client_assertion') ?? '')
    const error_description = `you sent ${assertions[0]} in ${body}`
    return new Response(JSON.stringify({ error: 'invalid_client', error_description }), { status: 401 })
  }
  const delivery = createClient({ httpClient }).track({ userId: 'u1', event: 'E' })
  const reason: unknown = await delivery.orThrow().catch((error) => error)
  expect(reason).toMatchObject({ code: 'ERR_TOKEN', status: 401, message: expect.stringContaining('invalid_client') })
  const text = [reason, ...logged].map((value) => (value instanceof Error ? `${value.stack}` : String(value))).join()
  expect(assertions).toHaveLength(1)
  for (const secret of [assertions[0] ?? '', app.keys.pkcs8.split('\n')[1] ?? '']) {
    expect(secret).not.toBe('')
    expect(text).not.toContain(secret)
  }
})

it('clears every timer of a delivery with a token', async () => {
  const [set, clear] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')]
  const client = createClient({ tokenCache: { get: () => null, set() {} } })
  await client.track({ userId: 'u1', event: 'E' })
  await client.closeAndFlush()
  // The time-outs of two requests and of two calls of the cache, at least.
  const timers = set.mock.results.filter((_, index) => [1_000, 10_000].includes(Number(set.mock.calls[index]?.[1])))
  expect(timers.length).toBeGreaterThanOrEqual(4)
  const cleared = new Set(clear.mock.calls.map(([timer]) => timer))
  expect(timers.filter(({ value }) => !cleared.has(value))).toEqual([])
})
