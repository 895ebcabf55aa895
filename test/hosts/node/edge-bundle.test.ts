import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { EdgeRuntime } from 'edge-runtime'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { COMPATIBILITY_DATE, startWorkerd } from '../../support/workerd.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))

// A module that a server and its middleware share: it makes the client, and has it flushed when the server's process ends.
const shared = (host: string) => `
  import { Analytics } from 'analytics-edge'
  import { flushOnExit } from 'analytics-edge/node'

  const analytics = new Analytics({ writeKey: 'k', host: '${host}' })
  const undo = flushOnExit(analytics, { signals: ['SIGTERM'], timeout: 1_000 })

  async function answer() {
    const { status } = await analytics.scope({ waitUntil() {} }).track({ userId: 'u', event: 'Answered' })
    return new Response(status + ', ' + undo())
  }`
const EDGE = "addEventListener('fetch', (event) => event.respondWith(answer()))"
const WORKER = 'export default { fetch: answer }'

/** Bundles for a host that has nothing of Node; fails if the code asks for it. `neutral`: no conditions but these. */
async function bundle(contents: string, ...conditions: string[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    conditions,
    external: ['cloudflare:*'],
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

describe('analytics-edge/node does nothing in a bundle without Node, and the client works', () => {
  let collector: Collector

  beforeAll(async () => {
    collector = await startCollector()
  })

  afterAll(() => collector.close())

  async function expectAnswer(response: { status: number; text(): Promise<string> }) {
    expect([response.status, await response.text()]).toEqual([200, 'delivered, undefined'])
    expect(collector.events().map(({ event, problems }) => [event.event, problems])).toEqual([['Answered', []]])
    collector.clear()
  }

  test.each(['edge-light', 'worker', 'browser'])("in Vercel's edge runtime, by the condition %s", async (condition) => {
    const runtime = new EdgeRuntime({ initialCode: await bundle(shared(collector.url) + EDGE, condition) })
    await expectAnswer(await runtime.dispatchFetch('http://edge/'))
  })

  test.each(['workerd', 'worker', 'browser'])('in workerd, by the condition %s', async (condition) => {
    const script = await bundle(shared(collector.url) + WORKER, condition)
    const { mf } = await startWorkerd({ modules: true, script, compatibilityDate: COMPATIBILITY_DATE })
    try {
      await expectAnswer(await mf.dispatchFetch('http://worker/'))
    } finally {
      await mf.dispose()
    }
  })
})

test('a bundle without any of the conditions has the real one, which needs no module of Node to load', async () => {
  expect(await bundle(shared('http://127.0.0.1'))).toContain('prependListener')
})

test.each(['edge-light', 'workerd', 'worker', 'browser'])(
  'a loader that sets %s gets it in both module systems',
  (condition) => {
    const code = `(async () => {
    const loaded = [require('analytics-edge/node'), await import('analytics-edge/node')]
    const results = loaded.map(({ flushOnExit }) => flushOnExit('no client')())
    console.log(results, process.listenerCount('SIGTERM'), process.listenerCount('beforeExit'))
  })()`
    const output = execFileSync(process.execPath, ['--conditions', condition, '--eval', code], { cwd: folder })
    expect(String(output)).toBe('[ undefined, undefined ] 0 0\n')
  },
)

test('it has the exports of the module for Node', async () => {
  const [real, edge] = await Promise.all([
    import('../../../runtimes/node/index.ts'),
    import('../../../runtimes/node/index.edge-light.ts'),
  ])
  expect(Object.keys(edge)).toEqual(Object.keys(real))
})
