import { createServer } from 'node:net'
import { expect, test, vi } from 'vitest'
import type { Stage } from './app-stage.ts'
import { expectAnsweredFirst, expectArrivals, settle } from './arrivals.ts'
import type { Answer, Kind } from './kinds.ts'

const CONCURRENCY = 100
/** Far longer than an answer takes, on a machine that is busy with other things as well. */
const SLOW_MS = 4_000
/** How slow the collector is in each round of the load. */
const ROUNDS_MS = [SLOW_MS, 200, 0]

interface Call {
  readonly kind: Kind
  readonly id: string
}

/** What holds for an app, however it is built. */
export function describeApp(stage: Stage, folder: () => string, kinds: readonly Kind[]): void {
  const listCalls = (count: number, prefix: string): Call[] =>
    Array.from({ length: Math.ceil(count / kinds.length) }, (_, turn) => turn)
      .flatMap((turn) => kinds.map((kind, index) => ({ kind, id: `${prefix}-${turn}-${index}` })))
      .slice(0, count)
  const once = () => listCalls(kinds.length, 'user')

  test.each([
    ['each way to call it, one after the other', [SLOW_MS], false],
    [`${CONCURRENCY} requests at once, ${ROUNDS_MS.length} times`, ROUNDS_MS, true],
  ])('with %s, answers before the collector does, and each event arrives once', async (_, roundsMs, isLoad) => {
    const app = await stage.start(folder())
    for (const [round, delayMs] of roundsMs.entries()) {
      // What comes late of an earlier round is too much in this one.
      await stage.collector.clear()
      await stage.collector.fail({ delayMs })
      const calls = isLoad ? listCalls(CONCURRENCY, `round-${round}`) : once()
      const answers = isLoad ? await callAll(app.url, calls) : await callEach(app.url, calls)
      const expected = listExpected(calls)
      await settle(stage.collector, expected.length)
      if (delayMs === SLOW_MS) await expectAnsweredFirst(stage.collector, answers)
      await expectArrivals(stage.collector, expected)
    }
    await app.stop()
    expect(app.log()).not.toContain('not delivered')
  })

  test('a SIGTERM right after a response waits for its events, even for a second attempt', async () => {
    const calls = once().filter(({ kind }) => kind.isHeld)
    const endBehind = async ({ kind, id }: Call) => {
      // Each in its own server, where nothing else keeps the process alive: the page views of the proxy are accepted at once.
      const viewCount = kind.expected(id).filter(({ type }) => type === 'page').length
      const requests = [viewCount, viewCount + 1]
      await stage.collector.fail({ writeKey: id, requests, status: 503, delayMs: 1_000 })
      const app = await stage.start(folder(), { SEGMENT_WRITE_KEY: id })
      await kind.call(app.url, id)
      expect([kind.name, await app.stop('SIGTERM')]).toEqual([kind.name, { code: 143, signal: null }])
    }
    await Promise.all(calls.map(endBehind))
    await expectArrivals(stage.collector, listExpected(calls))
  })

  test('a collector that is down affects no handler', async () => {
    const app = await stage.start(folder(), { SEGMENT_HOST: `http://127.0.0.1:${await findUnusedPort()}` })
    await callAll(app.url, once())
    await app.stop('SIGKILL')
  })

  test('a collector that rejects affects no handler, and each event is reported once', async () => {
    await stage.collector.fail({ status: 400, body: { error: 'refused' } })
    const app = await stage.start(folder())
    const calls = once()
    await callAll(app.url, calls)
    const told = () => app.log().match(/not delivered \S+/g) ?? []
    const count = listExpected(calls).length
    await vi.waitFor(() => expect(told().length).toBeGreaterThanOrEqual(count), { timeout: 60_000, interval: 200 })
    await app.stop()
    expect(told()).toHaveLength(count)
    expect(new Set(told()).size).toBe(count)
  })
}

const listExpected = (calls: readonly Call[]) => calls.flatMap(({ kind, id }) => kind.expected(id))

async function callAll(url: string, calls: readonly Call[]): Promise<Map<string, Answer>> {
  return new Map(await Promise.all(calls.map(async ({ kind, id }) => [id, await kind.call(url, id)] as const)))
}

async function callEach(url: string, calls: readonly Call[]): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>()
  for (const { kind, id } of calls) answers.set(id, await kind.call(url, id))
  return answers
}

/** One that was free a moment ago. */
function findUnusedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : Number.NaN))
    })
  })
}
