import { fileURLToPath } from 'node:url'
import type { MiniflareOptions } from 'miniflare'
import { describe, expect, test, vi } from 'vitest'
import { startCollector } from '../../../collector/index.ts'
import { bundleModules, bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const locate = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** As wrangler uploads a Worker, and as bundlers that put the code of plugins into a separate file do. */
const FORMS = {
  'one file': (entry: string) => bundleWorker(entry).then((script) => ({ modules: true as const, script })),
  'a file for each chunk': (entry: string) => bundleModules(entry).then((modules) => ({ modules })),
}
const BUNDLES = await Promise.all(
  Object.entries(FORMS).map(async ([form, bundle]) => ({
    form,
    plugins: await bundle(locate('plugins-worker.ts')),
    early: await bundle(locate('early-plugins-worker.ts')),
  })),
)

describe.each(WORKERDS)('on the $age workerd, $version:', (build) => {
  async function run(
    options: MiniflareOptions,
    act: (url: string, received: () => Record<string, unknown>[]) => Promise<void>,
  ): Promise<void> {
    const collector = await startCollector()
    const { url, mf, logs } = await startWorkerd({ ...options, bindings: { SEGMENT_HOST: collector.url } }, build)
    try {
      await act(url, () => collector.events().map(({ event: { userId, properties } }) => ({ userId, properties })))
      expect(logs.join('')).toBe('')
    } finally {
      await mf.dispose()
      await collector.close()
    }
  }

  const get = async (url: string) => (await fetch(url)).text()

  const enriched = (users: readonly string[]) => users.map((userId) => ({ userId, properties: { enriched: true } }))

  const byUser = (events: Record<string, unknown>[]) =>
    events.toSorted((one, other) => String(one.userId).localeCompare(String(other.userId)))

  // The second date is from before workerd let a promise of one request be resolved from another at all.
  describe.each(
    BUNDLES.flatMap((bundles) =>
      [COMPATIBILITY_DATE, '2024-09-01'].map((compatibilityDate) => ({ ...bundles, compatibilityDate })),
    ),
  )('as $form, $compatibilityDate', ({ plugins, early, compatibilityDate }) => {
    const users = ['a', 'b', 'c', 'd']

    test('events of all requests wait for a load that one of them started', async () => {
      await run({ ...plugins, compatibilityDate }, async (url, received) => {
        await Promise.all(users.map((user) => get(`${url}/?user=${user}`)))
        await vi.waitFor(() => expect(byUser(received())).toEqual(enriched(users)), { timeout: 20_000 })
        await vi.waitFor(async () => expect(JSON.parse(await get(url)).toSorted()).toEqual(users), { timeout: 20_000 })
      })
    })

    test('register() works at module scope', async () => {
      await run({ ...early, compatibilityDate }, async (url, received) => {
        expect(await Promise.all(users.map((user) => get(`${url}/module?user=${user}`)))).toEqual(
          users.map(() => 'a,b'),
        )
        await vi.waitFor(() => expect(byUser(received())).toEqual(enriched(users)), { timeout: 20_000 })
      })
    })

    test('register() works in a request that does not wait for it and ends', async () => {
      await run({ ...early, compatibilityDate }, async (url, received) => {
        await get(`${url}/request`)
        await Promise.all(users.map((user) => get(`${url}/request?user=${user}`)))
        await vi.waitFor(() => expect(byUser(received())).toEqual(enriched(users)), { timeout: 20_000 })
      })
    })
  })
})
