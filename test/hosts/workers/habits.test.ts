import { fileURLToPath } from 'node:url'
import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const script = await bundleWorker(fileURLToPath(new URL('habits-worker.ts', import.meta.url)))

const kinds = WORKERDS.flatMap((build) => [
  { build, date: COMPATIBILITY_DATE, flags: [] },
  { build, date: COMPATIBILITY_DATE, flags: ['nodejs_compat'] },
  { build, date: '2024-01-01', flags: [] },
])

// If one of these fails on a new build, lib/request-guard.ts or runtimes/workers/root.workerd.ts needs another habit. Until then the SDK is
// economical no longer, but still right: see shared.test.ts, "without its habit".
describe.each(kinds)(
  'the $build.age workerd of $date with $flags still behaves as expected:',
  ({ build, date, flags }) => {
    let mf: Miniflare
    let url: string

    beforeAll(async () => {
      const options = { modules: true as const, script, compatibilityDate: date, compatibilityFlags: flags }
      ;({ mf, url } = await startWorkerd(options, build))
    })
    afterAll(() => mf?.dispose())

    const get = async (path: string) => (await fetch(url + path)).json()

    test('nothing of a request can be made at module scope: no socket, no random value', async () => {
      expect(await get('/load')).toEqual({ socket: 'throws', random: 'throws' })
    })

    test("a WebSocketPair and a bound snapshot throw in other requests, during and after their owner's life", async () => {
      const snapshot = flags.length > 0 ? 'throws' : 'none'
      const response = await fetch(`${url}/keep`)
      const [first, ...rest] = await readLines(response, async () => {
        expect(await get('/touch')).toMatchObject({ socket: 'throws', snapshot })
      })
      expect(JSON.parse(first ?? '')).toEqual({ own: ['works', 'works'], random: 'works' })
      expect(rest).toEqual(['true'])
      expect(await get('/touch')).toMatchObject({ socket: 'throws', snapshot, isBound: date > '2025-06-16' })
    })

    test('each request has its own span, if there are spans', async () => {
      await (await fetch(`${url}/keep`)).text()
      expect(await get('/touch')).toMatchObject({ span: build.age === 'newest' ? 'another' : 'none' })
    })

    test('withExports carries a value through awaits and timers, beside the exports', async () => {
      expect(await get('/carry')).toEqual(['carried', 'carried', 'carried', true, null])
    })
  },
)

/** The lines of a body, and what is to happen once the first is there. */
async function readLines(response: Response, onFirst: () => Promise<void>): Promise<string[]> {
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk)
    if (text.endsWith('\n')) await onFirst()
  }
  return text.split('\n')
}
