import { fileURLToPath } from 'node:url'
import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const bundle = await bundleWorker(fileURLToPath(new URL('shared-worker.ts', import.meta.url)))

/** A runtime whose guards prove nothing: their objects can be created anywhere, and work in every request. */
const WITHOUT_HABIT = `globalThis.WebSocketPair = class { 0 = { readyState: 1 }; 1 = {} };\n${bundle}`

const kinds = WORKERDS.flatMap((build) => [
  { build, what: 'without flags', script: bundle, date: COMPATIBILITY_DATE, flags: [], isProven: true },
  {
    build,
    what: 'with nodejs_compat',
    script: bundle,
    date: COMPATIBILITY_DATE,
    flags: ['nodejs_compat'],
    isProven: true,
  },
  { build, what: 'of 2024', script: bundle, date: '2024-01-01', flags: [], isProven: true },
  { build, what: 'without its habit', script: WITHOUT_HABIT, date: COMPATIBILITY_DATE, flags: [], isProven: false },
])

describe.each(kinds)('a client shared by requests, on the $build.age workerd $what', (kind) => {
  let collector: Collector
  let mf: Miniflare
  let url: string
  let logs: string[]

  beforeAll(async () => {
    collector = await startCollector()
    const options = {
      modules: true as const,
      script: kind.script,
      compatibilityDate: kind.date,
      compatibilityFlags: kind.flags,
      bindings: { SEGMENT_HOST: collector.url },
    }
    ;({ mf, url, logs } = await startWorkerd(options, kind.build))
  })
  afterAll(async () => {
    await mf?.dispose()
    await collector?.close()
  })
  beforeEach(() => {
    collector.clear()
    collector.fail({ delayMs: 50 })
    logs.length = 0
  })

  const visit = async (path: string, name: string, on = 'client', signal?: AbortSignal) => {
    const query = new URLSearchParams({ name, on })
    const response = await fetch(`${url}/${path}?${query}`, signal ? { signal } : {})
    return path === 'stream' ? response.text() : response.json()
  }
  const visits = (count: number, path: string, on?: string) =>
    Promise.all(Array.from({ length: count }, (_, index) => visit(path, `r${index}`, on)))

  /** Each event came, and once. */
  const expectEvents = async (count: number) => {
    await vi.waitFor(() => expect(collector.events().length).toBeGreaterThanOrEqual(count), { timeout: 20_000 })
    expect(collector.events().filter(({ duplicate, problems }) => duplicate || problems.length > 0)).toEqual([])
    expect(collector.events()).toHaveLength(count)
    expect(logs.join('')).toBe('')
  }
  const requestsOf = (name: string) =>
    new Set(collector.events().flatMap(({ event, requestIndex }) => (event.userId === name ? [requestIndex] : []))).size

  test.each(['client', 'module scope'])('lets 12 concurrent requests await their own calls on a %s', async (on) => {
    expect(await visits(12, 'await', on)).toEqual(Array(12).fill('delivered'))
    await expectEvents(12)
  })

  test.each(['client', 'module scope'])('lets 12 concurrent requests flush their own events on a %s', async (on) => {
    const results = await visits(12, 'flush', on)
    const own = [{ delivered: 2, failed: 0 }, 0]
    // A flush also waits for events that cannot be distinguished from its own.
    const expected = kind.isProven ? own : [{ delivered: expect.any(Number), failed: 0 }, expect.any(Number)]
    expect(results).toEqual(Array(12).fill(expected))
    await expectEvents(24)
  })

  test('lets 12 concurrent requests await, flush, and track again, even after their response', async () => {
    expect(await visits(12, 'again')).toEqual(Array(12).fill(kind.isProven ? 1 : expect.any(Number)))
    await expectEvents(36)
  })

  test('loses no event of a hundred concurrent requests, and none waits for another', async () => {
    const paths = ['leave', 'await', 'flush', 'again']
    await Promise.all(Array.from({ length: 100 }, (_, index) => visit(paths[index % 4] ?? '', `r${index}`)))
    await expectEvents(25 + 25 + 50 + 75)
  })

  test('keeps the events of a request that ends while another flushes', async () => {
    const staying = visits(6, 'flush')
    const leaving = Array.from({ length: 6 }, (_, index) =>
      visit('flush', `gone${index}`, 'client', AbortSignal.timeout(15 + index * 3)).catch(() => 'gone'),
    )
    expect(await staying).toHaveLength(6)
    await Promise.all(leaving)
    await vi.waitFor(() => expect(collector.events().filter(isStaying)).toHaveLength(12), { timeout: 20_000 })
    expect(collector.events().filter(({ duplicate }) => duplicate)).toEqual([])
    expect(logs.join('')).not.toMatch(/different request|hung|Uncaught/)
  })
  const isStaying = ({ event }: { event: Record<string, unknown> }) => String(event.userId).startsWith('r')

  if (!kind.isProven) return

  test.each(['client', 'scope', 'module scope'])(
    'sends fifteen events of a request on a %s in at most six requests',
    async (on) => {
      await visits(5, 'many', on)
      await expectEvents(75)
      for (let index = 0; index < 5; index++) expect(requestsOf(`r${index}`)).toBeLessThanOrEqual(6)
    },
  )

  test('does the same if the API is fast', async () => {
    collector.clear()
    await visits(5, 'many')
    await expectEvents(75)
    for (let index = 0; index < 5; index++) expect(requestsOf(`r${index}`)).toBeLessThanOrEqual(6)
  })

  if (kind.what !== 'without flags') return

  test('sends sixty events over three seconds in at most twelve requests, and a stream of a hundred chunks in twenty', async () => {
    await Promise.all([visit('slowly', 'slow'), visit('slowly', 'scope', 'scope'), visit('stream', 'stream')])
    await expectEvents(220)
    expect(requestsOf('slow')).toBeLessThanOrEqual(12)
    expect(requestsOf('scope')).toBeLessThanOrEqual(12)
    expect(requestsOf('stream')).toBeLessThanOrEqual(20)
  })
})
