import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { RemoteCollector } from '../support/remote-collector.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../support/workerd.ts'
import { startFaultyCollector } from './collector.ts'
import { CLEAN, judge, parseJournal } from './verdict.ts'

/** `npm test` asks for fewer. */
const REQUEST_COUNT = Number(process.env.CHAOS_REQUESTS ?? 500)
/** One client in five disconnects before its response has ended. */
const LEAVING = (index: number) => index % 5 === 0

describe.each(WORKERDS)('on the $age workerd, $version:', (build) => {
  let collector: RemoteCollector
  let worker: Awaited<ReturnType<typeof startWorkerd>>

  beforeAll(async () => {
    collector = await startFaultyCollector()
    const options = {
      modules: true as const,
      script: await bundleWorker(fileURLToPath(new URL('storm-worker.ts', import.meta.url))),
      compatibilityDate: COMPATIBILITY_DATE,
      bindings: { SEGMENT_HOST: collector.url },
    }
    worker = await startWorkerd(options, build)
  })

  afterAll(async () => {
    await worker?.mf.dispose()
    await collector?.stop()
  })

  async function visit(index: number): Promise<void> {
    const controller = new AbortController()
    const timer = LEAVING(index) ? setTimeout(() => controller.abort(), 10 + (index % 90)) : undefined
    await fetch(`${worker.url}/r${index}`, { signal: controller.signal }).then(
      (response) => response.text().catch(() => ''),
      () => '',
    )
    clearTimeout(timer)
  }

  test(`accepts or reports each event of ${REQUEST_COUNT} concurrent requests, with clients that leave and one API request in five failing`, async () => {
    await Promise.all(Array.from({ length: REQUEST_COUNT }, (_, index) => visit(index)))

    // Behind the responses, until everything is reported: at most until a scope's deadline.
    const readJournal = () => parseJournal(worker.logs.join(''))
    await vi.waitFor(
      () => {
        const { accepted, delivered, failed } = readJournal()
        expect(delivered.length + failed.length).toBe(accepted.size)
      },
      { timeout: 60_000, interval: 250 },
    )
    const [events, requests] = await Promise.all([collector.events(), collector.requests()])
    const { figures, ...verdict } = judge(readJournal(), events, requests)
    console.log('workerd', figures)
    expect(verdict).toEqual(CLEAN)
    // Who stayed has all five events accepted.
    expect(figures.accepted).toBeGreaterThanOrEqual(REQUEST_COUNT * 0.8 * 5)
    expect(worker.logs.join('')).not.toMatch(/different request|hung|Uncaught/)
    expect(Object.keys(figures.answers)).toEqual(expect.arrayContaining(['200', '429', '500', 'reset']))
  })
})
