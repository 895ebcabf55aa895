import { describe, expect, it, onTestFinished } from 'vitest'
import { Analytics } from '../../../src/index.ts'
import { rest } from '../../support/client.ts'
import { startServer, type TestServer } from '../../support/retries.ts'

const A = { userId: 'u1', event: 'A' }

type Kind = 'responds with 503' | 'resets connections' | 'refuses connections'
const KINDS: Kind[] = ['responds with 503', 'resets connections', 'refuses connections']

/** A server that is down in this way for so long, and then accepts everything. */
async function startOutage(kind: Kind, downMs: number, onFinished: typeof onTestFinished): Promise<TestServer> {
  const upAtMs = performance.now() + downMs
  const server = await startServer((_, response) => {
    if (performance.now() >= upAtMs) response.end('{}')
    else if (kind === 'responds with 503') response.writeHead(503).end('{}')
    else response.destroy()
  }, onFinished)
  if (kind === 'refuses connections') {
    await server.close()
    void rest(downMs).then(server.open)
  }
  return server
}

/** How the twenty events end in each kind of outage, all begun at once, by outcome. */
async function countOutcomes(
  downMs: number,
  onFinished: typeof onTestFinished,
  deliver: (host: string) => PromiseLike<string>,
): Promise<Record<string, Record<string, number>>> {
  const counts = KINDS.map(async (kind) => {
    const { url } = await startOutage(kind, downMs, onFinished)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => deliver(url)))
    const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length
    return [kind, Object.fromEntries([...new Set(outcomes)].map((outcome) => [outcome, count(outcome)]))] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}

const ALL_DELIVERED = Object.fromEntries(KINDS.map((kind) => [kind, { delivered: 20 }]))

/** Does it again if the machine held the process up meanwhile: a budget of two seconds leaves no room for that. */
async function withoutStalls<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    let lastMs = performance.now()
    let longestMs = 0
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - lastMs)
      lastMs = performance.now()
    }, 10)
    const result = await run()
    clearInterval(timer)
    if (longestMs < 150 || tries === 6) return result
  }
}

describe('an API that is down in any way loses no event', () => {
  // At once: what they do is wait. No client helps another with what it has learned.
  it.concurrent.for([
    [1_000, 'default settings', {}],
    [3_000, 'default settings', {}],
    [1_000, 'maxRetries: 3', { maxRetries: 3 }],
    [3_000, 'maxRetries: 3', { maxRetries: 3 }],
  ] as const)('of twenty clients for %i ms, with %s', async ([downMs, , settings], { onTestFinished }) => {
    const deliver = (host: string) => {
      const client = new Analytics({ writeKey: 'wk_outage', host, flushAt: 1, ...settings }).on('error', () => {})
      return new Promise<string>((resolve) => {
        client.track(A, (error) => resolve(error ? String(error) : 'delivered'))
      })
    }
    expect(await countOutcomes(downMs, onTestFinished, deliver)).toEqual(ALL_DELIVERED)
  })

  it.concurrent('of twenty scopes for 3000 ms, with the default timeout of 25 s', async ({ onTestFinished }) => {
    const deliver = (host: string) => flushOne(host, 25_000)
    expect(await countOutcomes(3_000, onTestFinished, deliver)).toEqual(ALL_DELIVERED)
  })

  it("of twenty scopes for 1000 ms, within Lambda's 2000 ms", async () => {
    const count = () => countOutcomes(1_000, onTestFinished, (host) => flushOne(host, 2_000))
    expect(await withoutStalls(count)).toEqual(ALL_DELIVERED)
  })
})

/** How one event of a scope ends, whose flush takes no longer than its timeout. */
async function flushOne(host: string, timeout: number): Promise<string> {
  const scope = new Analytics({ writeKey: 'wk_outage', host }).on('error', () => {}).scope({ timeout })
  const startedMs = performance.now()
  const delivery = scope.track(A)
  await scope.flush()
  expect(performance.now() - startedMs).toBeLessThan(timeout + 5_000)
  const { status, error } = await delivery
  return error?.message ?? status
}

it('an API that stays down gets a last attempt shortly before the deadline, whatever the back-off', async () => {
  const server = await startServer((_, response) => response.writeHead(503).end())
  const slow = { maxRetries: 1, minRetryDelay: 60_000, maxRetryDelay: 60_000 }
  const client = new Analytics({ writeKey: 'wk_outage', host: server.url, ...slow })
  client.on('error', () => {}).track(A)
  expect(await client.flush({ timeout: 1_500 })).toEqual({ delivered: 0, failed: 1 })
  expect(server.requests).toHaveLength(2)
})
