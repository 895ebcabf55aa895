import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const WRITE_KEY = 'workers-test'

describe.each(WORKERDS)('on the $age workerd, $version:', (build) => {
  let collector: Collector
  let url: string
  let mf: Miniflare
  let logs: string[]

  beforeAll(async () => {
    collector = await startCollector()
    const script = await bundleWorker(fileURLToPath(new URL('handlers-worker.ts', import.meta.url)))
    const main = {
      name: 'main',
      modules: true,
      script,
      compatibilityDate: COMPATIBILITY_DATE,
      bindings: { SEGMENT_HOST: collector.url, WRITE_KEY },
      queueProducers: { OUT: { queueName: 'out' } },
      queueConsumers: { out: { maxBatchSize: 1, maxBatchTimeout: 0, maxRetries: 2 } },
    }
    const traced = {
      name: 'traced',
      modules: true,
      script: 'export default { fetch: () => new Response("traced") }',
      compatibilityDate: COMPATIBILITY_DATE,
      tails: ['main'],
    }
    ;({ url, mf, logs } = await startWorkerd({ workers: [main, traced], unsafeTriggerHandlers: true }, build))
  })

  afterAll(async () => {
    await mf?.dispose()
    await collector?.close()
  })

  beforeEach(() => {
    collector.clear()
    logs.length = 0
  })

  /** Names of the events that arrived, sorted, once there are `count` of them; each is well-formed and came once. */
  async function arrived(count: number): Promise<unknown[]> {
    await vi.waitFor(() => expect(collector.events().length).toBeGreaterThanOrEqual(count), { timeout: 20_000 })
    const events = collector.events()
    expect(events.flatMap(({ problems }) => problems)).toEqual([])
    expect(events.filter(({ duplicate }) => duplicate)).toEqual([])
    expect(new Set(events.map(({ writeKey }) => writeKey))).toEqual(new Set([WRITE_KEY]))
    return events.map(({ event }) => event.event).sort()
  }

  const get = async (path: string) => {
    const response = await fetch(url + path)
    return { status: response.status, text: await response.text() }
  }

  describe('fetch', () => {
    test('sends the events of a streaming body together if the endpoint is slow', async () => {
      collector.fail({ delayMs: 1_000 })
      await get('/stream?user=u')
      await arrived(5)
      expect(collector.requests().length).toBeLessThan(5)
    })

    test("flushes the handler's events after the response", async () => {
      collector.fail({ delayMs: 200 })
      await get('/after-response?user=u')
      expect(await arrived(2)).toEqual(['After', 'Before'])
      await vi.waitFor(async () => {
        const { text } = await get('/flushed')
        expect(JSON.parse(text || 'null')).toEqual({ pendingCount: 2, delivered: 2, failed: 0 })
      })
    })

    test('delivers for both requests if one uses the scope of the other', async () => {
      collector.fail({ delayMs: 200 })
      await get('/keep?user=a')
      const { text } = await get('/use-kept?user=b')
      expect(JSON.parse(text)).toMatchObject({ failed: 0 })
      expect(await arrived(2)).toEqual(['Foreign', 'Own'])
      expect(logs.join('')).toBe('')
    })

    test('creates the settings once per isolate', async () => {
      await Promise.all([get('/track?user=a'), get('/track?user=b')])
      await arrived(2)
      expect((await get('/resolved')).text).toBe('1')
    })
  })

  describe('concurrent requests of one isolate', () => {
    test('do not affect each other if the endpoint is slow', async () => {
      collector.fail({ delayMs: 300 })
      const users = Array.from({ length: 60 }, (_, index) => `user-${index}`)
      const answers = await Promise.all(users.map((user) => get(`/slow?user=${user}&ms=${(user.length * 7) % 50}`)))
      expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['ok']))
      await arrived(120)
      const received = collector.events().map(({ event }) => `${event.userId} ${event.event}`)
      expect(received.sort()).toEqual(users.flatMap((user) => [`${user} Ended`, `${user} Started`]).sort())
      expect(logs.join('')).toBe('')
    })

    test('lose no event when a client disconnects during the handler or the flush', async () => {
      collector.fail({ delayMs: 500 })
      const leaving = Array.from({ length: 20 }, async (_, index) => {
        const controller = new AbortController()
        const request = fetch(`${url}/slow?user=gone-${index}&ms=300`, { signal: controller.signal })
        setTimeout(() => controller.abort(), 100 + index * 20)
        await request.then(
          (response) => response.body?.cancel(),
          () => {},
        )
      })
      const staying = Array.from({ length: 20 }, (_, index) => get(`/slow?user=here-${index}&ms=300`))
      await Promise.all([...leaving, ...staying])

      // A client that leaves takes the rest of its handler with it; what was tracked until then arrives all the same.
      const started = () => collector.events().filter(({ event }) => event.event === 'Started')
      await vi.waitFor(() => expect(started()).toHaveLength(40), { timeout: 20_000 })
      await vi.waitFor(() => {
        const ended = collector.events().filter(({ event }) => event.event === 'Ended')
        expect(ended.filter(({ event }) => String(event.userId).startsWith('here'))).toHaveLength(20)
      })
      expect(collector.events().filter(({ duplicate }) => duplicate)).toEqual([])
      expect(logs.join('')).not.toMatch(/different request|hung|Uncaught/)
    })
  })

  describe('the other handlers', () => {
    test('scheduled', async () => {
      const worker = await mf.getWorker('main')
      expect(await worker.scheduled({ cron: '*/5 * * * *' })).toMatchObject({ outcome: 'ok' })
      expect(await arrived(1)).toEqual(['Tick'])
      expect(collector.events()[0]?.event.properties).toEqual({ cron: '*/5 * * * *' })
    })

    test('queue: a consumer that throws is retried as without the wrapper, and its events arrive', async () => {
      await get('/enqueue?user=u&fail')
      expect(await arrived(2)).toEqual(['Message', 'Message'])
      expect(collector.events().map(({ event }) => event.properties)).toEqual([{ attempts: 1 }, { attempts: 2 }])
    })

    test('email', async () => {
      const body = 'From: ann@example.com\r\nTo: bob@example.com\r\nMessage-ID: <1@example.com>\r\n\r\nhello'
      const response = await fetch(`${url}/cdn-cgi/handler/email?from=ann@example.com&to=bob@example.com`, {
        method: 'POST',
        body,
      })
      expect(response.status).toBe(200)
      expect(await arrived(1)).toEqual(['Mail'])
      expect(collector.events()[0]?.event).toMatchObject({
        userId: 'ann@example.com',
        properties: { to: 'bob@example.com' },
      })
    })

    test('tail', async () => {
      const traced = await mf.getWorker('traced')
      expect(await (await traced.fetch('http://traced/')).text()).toBe('traced')
      expect(await arrived(1)).toEqual(['Traced'])
      expect(collector.events()[0]?.event).toMatchObject({ properties: { outcome: 'ok', kind: 'request' } })
    })
  })

  describe('settings', () => {
    /** A Worker whose settings are this expression, in real workerd. */
    const startWith = async (source: string, bindings: Record<string, string> = {}) => {
      const library = await bundleWorker(fileURLToPath(new URL('../../../dist/workers.js', import.meta.url)))
      const script = `import { withAnalytics } from './library.mjs'
      export default withAnalytics(${source}, {
        async fetch(request, env, ctx, analytics) {
          const { status, error } = await analytics.track({ userId: 'u', event: 'E' })
          return new Response(error?.message ?? status)
        },
      })`
      return startWorkerd(
        {
          modules: [
            { type: 'ESModule', path: 'main.mjs', contents: script },
            { type: 'ESModule', path: 'library.mjs', contents: library },
          ],
          compatibilityDate: COMPATIBILITY_DATE,
          bindings: { SEGMENT_HOST: collector.url, ...bindings },
        },
        build,
      )
    }

    test('with a missing secret are logged and fail the events, not the handler', async () => {
      const worker = await startWith('(env) => ({ writeKey: env.MISSING, host: env.SEGMENT_HOST })')
      try {
        const response = await fetch(worker.url)
        expect(response.status).toBe(200)
        expect(await response.text()).toContain(
          'ValidationError: writeKey must be a non-empty string; it is of type undefined',
        )
        await vi.waitFor(() => expect(worker.logs.join('')).toContain('the settings given to withAnalytics are wrong'))
      } finally {
        await worker.mf.dispose()
      }
    })

    test('that are invalid at module scope keep the Worker from starting, with the reason', async () => {
      await expect(startWith("{ writeKey: 'k', flushAt: 0 }")).rejects.toThrow(
        'flushAt must be a whole number from 1 to 2500; it is 0',
      )
    })

    test('that are plain work at module scope', async () => {
      const worker = await startWith(`{ writeKey: '${WRITE_KEY}', host: '${collector.url}' }`)
      try {
        expect(await (await fetch(worker.url)).text()).toBe('delivered')
        expect(await arrived(1)).toEqual(['E'])
      } finally {
        await worker.mf.dispose()
      }
    })
  })
})

test('the wrapper reaches the core only through the package', async () => {
  const text = await readFile(new URL('../../../dist/workers.js', import.meta.url), 'utf8')
  expect(new Set(text.match(/from "(.+)"/g))).toEqual(new Set(['from "./index.js"']))
})
