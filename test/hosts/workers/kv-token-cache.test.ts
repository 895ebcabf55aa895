import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { createKeys, type KeyForms } from '../../conformance/oauth-app.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const CLIENT = { clientId: 'client_kv', keyId: 'key_kv' }

const script = await bundleWorker(fileURLToPath(new URL('kv-worker.ts', import.meta.url)))

describe.each(WORKERDS)('on the $age workerd, $version:', (build) => {
  /** Each takes a while to start: the build that Cloudflare runs has the many. */
  const ISOLATE_COUNT = build.age === 'newest' ? 50 : 15
  let collector: Collector
  let keys: KeyForms
  let workerd: Awaited<ReturnType<typeof startWorkerd>> | undefined

  /** Workers of one script and one KV namespace: each is an isolate that knows nothing of the others. */
  async function startIsolates(count: number, KEY_ID = CLIENT.keyId): Promise<typeof workerd & object> {
    workerd = await startWorkerd(
      {
        workers: Array.from({ length: count }, (_, index) => ({
          name: `isolate-${index}`,
          // Not as a script, which Miniflare would parse for each of them.
          modules: [{ type: 'ESModule' as const, path: 'index.js', contents: script }],
          compatibilityDate: COMPATIBILITY_DATE,
          kvNamespaces: { TOKENS: 'tokens' },
          bindings: {
            HOST: collector.url,
            CLIENT_ID: CLIENT.clientId,
            CLIENT_KEY: keys.pkcs8.replaceAll('\n', '\\n'),
            KEY_ID,
          },
        })),
      },
      build,
    )
    return workerd
  }

  /** Has an isolate track an event; its failure, or an empty text. */
  async function visit(index: number, event = `from ${index}`): Promise<string> {
    if (!workerd) throw new Error('workerd does not run')
    const worker = await workerd.mf.getWorker(`isolate-${index}`)
    const response = await worker.fetch(`http://worker/?event=${encodeURIComponent(event)}`)
    // A cast: the Worker answers nothing else.
    const { failed } = (await response.json()) as { failed: string }
    return failed
  }

  const tokenAnswers = () => collector.requests({ clientId: CLIENT.clientId }).map(({ status }) => status)
  const names = () => collector.events().map(({ event }) => event.event)

  beforeEach(async () => {
    keys = await createKeys()
    collector = await startCollector()
    await collector.registerClient({ ...CLIENT, publicKey: { ...keys.publicJwk } })
  })
  afterEach(async () => {
    await workerd?.mf.dispose()
    workerd = undefined
    await collector.close()
  })

  describe('tokens in KV', () => {
    test(`let ${ISOLATE_COUNT} fresh isolates make one token request, once the first has stored its token`, async () => {
      const { mf, logs } = await startIsolates(ISOLATE_COUNT)
      expect(await visit(0)).toBe('')
      const kv = await mf.getKVNamespace('TOKENS', 'isolate-0')
      await vi.waitFor(async () => expect((await kv.list()).keys).toHaveLength(1), { timeout: 20_000 })

      const others = Array.from({ length: ISOLATE_COUNT - 1 }, (_, index) => index + 1)
      const failures = await Promise.all(others.map((index) => visit(index)))
      expect(failures.filter((failure) => failure !== '')).toEqual([])
      expect(new Set(names()).size).toBe(ISOLATE_COUNT)
      expect(tokenAnswers()).toEqual([200])
      expect(logs.join('')).toBe('')
    })

    test(`let ${ISOLATE_COUNT} fresh isolates, five at a time from the start, make at most ten token requests`, async () => {
      await startIsolates(ISOLATE_COUNT)
      for (let first = 0; first < ISOLATE_COUNT; first += 5) {
        const wave = await Promise.all([0, 1, 2, 3, 4].map((offset) => visit(first + offset)))
        expect(wave).toEqual(['', '', '', '', ''])
      }
      expect(new Set(names()).size).toBe(ISOLATE_COUNT)
      const count = tokenAnswers().length
      // The first five find no token, and the next may come before one is stored.
      expect(count).toBeGreaterThanOrEqual(1)
      expect(count).toBeLessThanOrEqual(10)
    })

    test('expire in KV with their lifetime, under a name without a secret', async () => {
      const { mf } = await startIsolates(1)
      await visit(0)
      const kv = await mf.getKVNamespace('TOKENS', 'isolate-0')
      await vi.waitFor(async () => expect((await kv.list()).keys).toHaveLength(1), { timeout: 20_000 })
      const [entry] = (await kv.list()).keys
      expect(entry?.name).toContain(CLIENT.clientId)
      expect(entry?.name).not.toContain('wk_kv')
      const leftSeconds = (entry?.expiration ?? 0) - Date.now() / 1000
      expect(leftSeconds).toBeGreaterThan(86_400 - 300)
      expect(leftSeconds).toBeLessThanOrEqual(86_400)
    })

    test('are not stored if they would expire sooner than KV allows, but their isolate uses them', async () => {
      await collector.registerClient({ ...CLIENT, publicKey: { ...keys.publicJwk }, tokenLifeSeconds: 60 })
      const { mf, logs } = await startIsolates(1)
      for (const event of ['One', 'Two', 'Three']) expect(await visit(0, event)).toBe('')
      expect(names()).toEqual(['One', 'Two', 'Three'])
      expect(tokenAnswers()).toEqual([200])
      expect((await (await mf.getKVNamespace('TOKENS', 'isolate-0')).list()).keys).toEqual([])
      expect(logs.join('')).toBe('')
    })

    test('are replaced in each isolate after a revocation', async () => {
      await startIsolates(3)
      for (const index of [0, 1, 2]) await visit(index)
      expect(collector.revokeTokens()).toBe(1)
      for (const index of [0, 1, 2]) expect(await visit(index, `again ${index}`)).toBe('')
      expect(names()).toHaveLength(6)
      expect(tokenAnswers().length).toBeLessThanOrEqual(4)
    })

    test('are shared, like the key, between 100 concurrent requests of an isolate', async () => {
      const { logs } = await startIsolates(1)
      await visit(0, 'first')
      const failures = await Promise.all(Array.from({ length: 100 }, (_, index) => visit(0, `e${index}`)))
      expect(failures.filter((failure) => failure !== '')).toEqual([])
      expect(collector.revokeTokens()).toBe(1)
      // A token is signed for in another request than the one that imported the key.
      expect(await visit(0, 'last')).toBe('')
      expect(new Set(names()).size).toBe(102)
      expect(tokenAnswers()).toEqual([200, 200])
      expect(logs.join('')).toBe('')
    })

    test("serve 30 concurrent first requests, none of which waits for another's promise", async () => {
      const { logs } = await startIsolates(1)
      const failures = await Promise.all(Array.from({ length: 30 }, (_, index) => visit(0, `e${index}`)))
      expect(failures.filter((failure) => failure !== '')).toEqual([])
      expect(new Set(names()).size).toBe(30)
      expect(tokenAnswers().length).toBeLessThanOrEqual(30)
      expect(await visit(0, 'later')).toBe('')
      expect(tokenAnswers().filter((status) => status !== 200)).toEqual([])
      expect(logs.join('')).toBe('')
    })

    test('fail the event with a reason if the key is wrong, and the handler continues', async () => {
      await startIsolates(1, 'key_typo')
      expect(await visit(0)).toContain("kid 'key_typo' is not a key of the client")
      expect(names()).toEqual([])
    })
  })
})
