import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setStage } from '../next/harness/app-stage.ts'
import { expectAnsweredFirst, expectArrivals, settle } from '../next/harness/arrivals.ts'
import { type Answer, KINDS } from '../next/harness/kinds.ts'
import { type Adapter, buildWorker, startWorker } from './next-worker.ts'

const ADAPTERS: readonly Adapter[] = [
  {
    name: 'opennext',
    build: ['opennextjs-cloudflare', 'build'],
    config: 'wrangler.jsonc',
    lacks: ['app/api/visit'],
  },
  { name: 'vinext', build: ['vinext', 'build'], config: 'dist/server/wrangler.json', lacks: [] },
]
const ROUND_COUNT = 8
const SLOW_MS = 4_000

const stage = setStage()

describe.each(ADAPTERS)('a Next app on Workers by $name', (adapter) => {
  let worker: Awaited<ReturnType<typeof startWorker>>

  beforeAll(async () => {
    await buildWorker(adapter)
    worker = await startWorker(adapter, stage.env)
  })
  afterAll(() => worker?.stop())

  const kinds = KINDS.filter(({ name }) => !(adapter.name === 'opennext' && name === 'a route on the edge runtime'))
  const listCalls = (count: number) =>
    Array.from({ length: count }, (_, round) => kinds.map((kind, index) => ({ kind, id: `user-${round}-${index}` })))
  const callAll = async (calls: ReturnType<typeof listCalls>[number]) =>
    new Map<string, Answer>(
      await Promise.all(calls.map(async ({ kind, id }) => [id, await kind.call(worker.url, id)] as const)),
    )

  test('answers before the collector does, and each event arrives once, however many requests overlap', async () => {
    await stage.collector.fail({ delayMs: SLOW_MS })
    const calls = listCalls(ROUND_COUNT).flat()
    const answers = await callAll(calls)
    const expected = calls.flatMap(({ kind, id }) => kind.expected(id))
    await settle(stage.collector, expected.length)
    await expectAnsweredFirst(stage.collector, answers)
    await expectArrivals(stage.collector, expected)
    expect(worker.log()).not.toMatch(/not delivered|different request|hung|reported once/)
  })

  test('makes a second attempt after the response', async () => {
    const calls = listCalls(1).flat()
    const expected = calls.flatMap(({ kind, id }) => kind.expected(id))
    for (const { kind, id } of calls) {
      const { length } = await stage.collector.requests()
      await stage.collector.fail({ requests: [length, length + 1], status: 503, delayMs: 500 })
      await kind.call(worker.url, id)
    }
    await settle(stage.collector, expected.length)
    await expectArrivals(stage.collector, expected)
    const statuses = (await stage.collector.requests()).map(({ status }) => status)
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(calls.length)
  })
})
