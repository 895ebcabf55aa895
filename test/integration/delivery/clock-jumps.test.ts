import { afterEach, describe, expect, it, vi } from 'vitest'
import { Analytics, type AnalyticsSettings } from '../../../src/index.ts'
import { rest } from '../../support/client.ts'
import { startServer } from '../../support/retries.ts'

const DAY_MS = 86_400_000
const A = { userId: 'u1', event: 'A' }

afterEach(() => {
  vi.useRealTimers()
})

/** Sets the wall clock, and it alone, forward or back. */
function jump(byMs: number): void {
  const now = Date.now() + byMs
  vi.useFakeTimers({ toFake: ['Date'], now })
}

function createClient(host: string, settings: Partial<AnalyticsSettings> = {}): Analytics {
  return new Analytics({ writeKey: 'wk_clock', host, ...settings }).on('error', () => {})
}

async function measureMs(work: PromiseLike<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work
  return performance.now() - startedMs
}

describe.each([
  ['forward', DAY_MS],
  ['back', -DAY_MS],
])('setting the wall clock %s by a day', (_, byMs) => {
  it('neither shortens nor prolongs a flush', async () => {
    const server = await startServer(() => {})
    const client = createClient(server.url)
    client.track(A)
    const flush = client.flush({ timeout: 3000 })
    await vi.waitUntil(() => server.requests.length === 1, { timeout: 10_000 })
    jump(byMs)
    expect(await measureMs(flush)).toBeGreaterThan(1000)
    expect(await flush).toEqual({ delivered: 0, failed: 1 })
  }, 15_000)

  it('neither shortens nor prolongs a pause before a retry', async () => {
    const times: number[] = []
    const server = await startServer((_, response) => {
      times.push(performance.now())
      response.writeHead(times.length === 1 ? 503 : 200).end('{}')
    })
    const delivery = createClient(server.url, { minRetryDelay: 2000 }).track(A)
    const settled = delivery.then(({ status }) => status)
    await vi.waitUntil(() => times.length === 1, { timeout: 10_000 })
    jump(byMs)
    expect(await settled).toBe('delivered')
    expect(gapMs(times)).toBeGreaterThan(900)
    expect(gapMs(times)).toBeLessThan(8000)
  })

  it('neither shortens nor prolongs the pause of a 429', async () => {
    const times: number[] = []
    const server = await startServer((_, response) => {
      times.push(performance.now())
      response.writeHead(times.length === 1 ? 429 : 200, { 'Retry-After': '2' }).end('{}')
    })
    const client = createClient(server.url, { flushAt: 1 })
    const settled = client.track(A).then(({ status }) => status)
    await vi.waitUntil(() => times.length === 1, { timeout: 10_000 })
    await rest(50)
    jump(byMs)
    // Another batch is held for the same pause.
    expect((await client.track({ userId: 'u1', event: 'B' })).status).toBe('delivered')
    expect(await settled).toBe('delivered')
    expect(gapMs(times)).toBeGreaterThan(1900)
    expect(gapMs(times)).toBeLessThan(8000)
  })

  it('does not use up maxTotalBackoffDuration or maxRateLimitDuration', async () => {
    let count = 0
    const server = await startServer((_, response) => {
      jump(byMs)
      const [status, headers] = [
        [503, {}],
        [429, { 'Retry-After': '1' }],
        [503, {}],
      ][count++] ?? [200, {}]
      response.writeHead(Number(status), Object(headers)).end('{}')
    })
    const settings = { minRetryDelay: 50, maxTotalBackoffDuration: 60, maxRateLimitDuration: 60 }
    expect((await createClient(server.url, settings).track(A)).status).toBe('delivered')
    expect(count).toBe(4)
  })

  it('neither shortens nor prolongs the wait for flushInterval', async () => {
    const server = await startServer()
    const startedMs = performance.now()
    createClient(server.url, { flushInterval: 1000 }).track(A)
    jump(byMs)
    await vi.waitUntil(() => server.requests.length === 1, { timeout: 10_000 })
    expect(performance.now() - startedMs).toBeGreaterThan(900)
  })
})

function gapMs([first = 0, second = 0]: number[]): number {
  return second - first
}
