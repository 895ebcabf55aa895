import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const library = await bundleWorker(fileURLToPath(new URL('../../../dist/workers.js', import.meta.url)))
const entrypoint = await bundleWorker(fileURLToPath(new URL('entrypoint-worker.ts', import.meta.url)))

const LIBRARY = { type: 'ESModule' as const, path: 'library.mjs', contents: library }

const toModule = (path: string, target: string) => ({
  type: 'ESModule' as const,
  path,
  contents: `import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint } from 'cloudflare:workers'
    import { withAnalytics } from './library.mjs'
    const fetch = () => new Response('ok')
    const wrapped = withAnalytics({ writeKey: 'k' }, ${target})
    export default { fetch: (...args) => wrapped.fetch?.(...args) ?? Response.json(typeof wrapped) }`,
})

/** With a part of the message. */
const REJECTED: readonly [name: string, target: string, message: string][] = [
  ['a class of its own', 'class { fetch() {} }', 'handlers must be an object with fetch'],
  ['a Workflow', 'class extends WorkflowEntrypoint { run() {} }', 'For a Workflow see docs/workers.md'],
  ['a function', '() => new Response()', 'or a class that extends DurableObject or WorkerEntrypoint'],
  ['nothing', 'undefined', 'handlers must be an object'],
  ['null', 'null', 'handlers must be an object'],
  ['an object without a handler', '{ routes: [] }', 'handlers must be an object'],
  ['a misspelt handler', '{ fecth: fetch }', 'handlers must be an object'],
  ['a misspelt handler beside another', '{ fetch, sheduled: fetch }', 'handlers.sheduled is not a Worker handler'],
]

/** With the answer to a request. */
const TAKEN: readonly [name: string, target: string, answer: string][] = [
  ['an object that has more than handlers', '{ fetch, name: "app", settings: {} }', 'ok'],
  [
    'an application whose methods need it',
    'new (class { #body = "own"; fetch() { return this.answer() } answer() { return new Response(this.#body) } })()',
    'own',
  ],
  ['a Durable Object', 'class extends DurableObject {}', '"function"'],
  [
    'an application whose handler something outside replaces',
    'Object.assign(withAnalytics({ writeKey: "k" }, new (class { fetch() {} })()), { fetch })',
    'ok',
  ],
  ['a frozen application', 'Object.freeze(new (class { fetch = fetch })())', 'ok'],
  ['a handler that is a getter', 'new (class { get fetch() { return fetch } })()', 'ok'],
  ['a class that is wrapped already', 'withAnalytics({ writeKey: "k" }, class extends DurableObject {})', '"function"'],
  [
    'a class with an analytics of its own',
    'class extends DurableObject { get analytics() { return 5 } }',
    '"function"',
  ],
  ['a class two steps from an entrypoint', 'class extends (class extends WorkerEntrypoint {}) {}', '"function"'],
]

describe.each(WORKERDS)('on the $age workerd, $version:', (build) => {
  describe('a default export that is a class, with a new proxy of env for each event', () => {
    let collector: Collector
    let mf: Miniflare
    let url: string

    beforeAll(async () => {
      collector = await startCollector()
      const main = {
        name: 'main',
        modules: true as const,
        script: entrypoint,
        compatibilityDate: COMPATIBILITY_DATE,
        bindings: { SEGMENT_HOST: collector.url },
        queueProducers: { OUT: { queueName: 'out' } },
        queueConsumers: { out: { maxBatchSize: 1, maxBatchTimeout: 0 } },
      }
      const script = 'export default { fetch: () => new Response("traced") }'
      const traced = {
        name: 'traced',
        modules: true as const,
        script,
        compatibilityDate: COMPATIBILITY_DATE,
        tails: ['main'],
      }
      ;({ mf, url } = await startWorkerd({ workers: [main, traced], unsafeTriggerHandlers: true }, build))
    })
    afterAll(async () => {
      await mf?.dispose()
      await collector?.close()
    })
    beforeEach(() => collector.clear())

    const arrived = async (count: number) => {
      await vi.waitFor(() => expect(collector.events().length).toBeGreaterThanOrEqual(count), { timeout: 20_000 })
      return collector.events().map(({ event }) => event.event)
    }

    test('treats fetch, scheduled, queue, tail and email as invocations', async () => {
      expect(await (await fetch(url)).text()).toBe('ok')
      expect(await arrived(1)).toEqual(['Fetched'])
      await (await mf.getWorker('main')).scheduled({ cron: '* * * * *' })
      expect(await arrived(2)).toEqual(['Fetched', 'Scheduled'])
      await (await fetch(`${url}/enqueue`)).text()
      expect(await arrived(3)).toEqual(['Fetched', 'Scheduled', 'Queued'])
      await (await (await mf.getWorker('traced')).fetch('http://traced/')).text()
      expect(await arrived(5)).toEqual(['Fetched', 'Scheduled', 'Queued', 'Traced', 'Traced Still'])
      const body = 'From: ann@example.com\r\nTo: bob@example.com\r\nMessage-ID: <1@example.com>\r\n\r\nhello'
      const email = `${url}/cdn-cgi/handler/email?from=ann@example.com&to=bob@example.com`
      expect((await fetch(email, { method: 'POST', body })).status).toBe(200)
      expect(await arrived(6)).toContain('Mail')
      expect(collector.requests()).toHaveLength(5)
    })

    test('has one client for one source, for classes and handlers, whatever proxies of env come', async () => {
      for (const path of ['/', '/handler', '/', '/handler']) await (await fetch(url + path)).text()
      expect(await arrived(4)).toHaveLength(4)
      expect(await (await fetch(`${url}/made`)).json()).toBe(1)
    })

    test("holds the next event's events after a 429, since the client is the same", async () => {
      collector.fail({ status: 429, headers: { 'retry-after': '1' }, times: 1 })
      await (await fetch(url)).text()
      await vi.waitFor(() => expect(collector.requests()[0]?.status).toBe(429), { timeout: 20_000 })
      // Nothing outside shows when the Worker has read the answer, and the pause that it asks for is longer.
      await sleep(300)
      await (await fetch(url)).text()
      expect(await arrived(2)).toHaveLength(2)
      const [rejected, ...others] = collector.requests()
      for (const { at } of others) expect(Date.parse(at) - Date.parse(rejected?.at ?? '')).toBeGreaterThan(900)
    })
  })

  describe('the argument of the wrapper', () => {
    // All of them in one workerd: a Worker for each that is taken, and one that loads a module for each that is rejected.
    let mf: Miniflare

    beforeAll(async () => {
      const modules = REJECTED.map(([name, target]) => toModule(`${name}.mjs`, target))
      const loader = {
        type: 'ESModule' as const,
        path: 'main.mjs',
        contents: `const load = { ${modules.map(({ path }) => `'${path}': () => import('./${path}')`).join()} }
          export default {
            async fetch(request) {
              const { searchParams } = new URL(request.url)
              return load[searchParams.get('path')]().then(() => new Response('taken'), (error) => new Response(error.message))
            },
          }`,
      }
      const workers = [
        { name: 'loader', modules: [loader, ...modules, LIBRARY], compatibilityDate: COMPATIBILITY_DATE },
        ...TAKEN.map(([name, target]) => ({
          name,
          modules: [toModule('main.mjs', target), LIBRARY],
          compatibilityDate: COMPATIBILITY_DATE,
        })),
      ]
      ;({ mf } = await startWorkerd({ workers }, build))
    })
    afterAll(() => mf?.dispose())

    const ask = async (name: string, path = '') => {
      const worker = await mf.getWorker(name)
      const query = new URLSearchParams({ path })
      return (await worker.fetch(`http://worker/?${query}`)).text()
    }

    test.each(REJECTED)('is rejected when the module loads: %s', async (name, _, message) => {
      expect(await ask('loader', `${name}.mjs`)).toContain(message)
    })

    test.each(TAKEN)('is accepted: %s', async (name, _, expected) => {
      expect(await ask(name)).toBe(expected)
    })
  })
})
