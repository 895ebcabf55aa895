import { describe, expect, it, type onTestFinished } from 'vitest'
import { Analytics } from '../../src/index.ts'
import { rest } from '../unit/support.ts'
import { startServer, type TestServer } from './support.ts'

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

/** What each kind of outage, begun at once with the others, lets through of twenty. */
async function countDelivered(
  downMs: number,
  onFinished: typeof onTestFinished,
  deliver: (host: string) => Promise<boolean>,
): Promise<Record<string, number>> {
  const counts = KINDS.map(async (kind) => {
    const { url } = await startOutage(kind, downMs, onFinished)
    const delivered = await Promise.all(Array.from({ length: 20 }, () => deliver(url)))
    return [kind, delivered.filter(Boolean).length] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}

const ALL = { 'responds with 503': 20, 'resets connections': 20, 'refuses connections': 20 }

describe('an API that is down, in whatever way, loses nothing', () => {
  // At once: what they do is wait. No client helps another with what it has learned.
  it.concurrent.for([
    [1_000, 'default settings', {}],
    [3_000, 'default settings', {}],
    [1_000, 'maxRetries: 3', { maxRetries: 3 }],
    [3_000, 'maxRetries: 3', { maxRetries: 3 }],
  ] as const)('of twenty clients for %i ms, with %s', async ([downMs, , settings], { onTestFinished }) => {
    const deliver = (host: string) => {
      const client = new Analytics({ writeKey: 'wk_outage', host, flushAt: 1, ...settings }).on('error', () => {})
      return new Promise<boolean>((resolve) => void client.track(A, (error) => resolve(!error)))
    }
    expect(await countDelivered(downMs, onTestFinished, deliver)).toEqual(ALL)
  })

  it.concurrent.for([
    [1_000, 2_000],
    [3_000, 25_000],
  ] as const)('for %i ms, of twenty scopes that have %i ms', async ([downMs, timeout], { onTestFinished }) => {
    const deliver = async (host: string) => {
      const scope = new Analytics({ writeKey: 'wk_outage', host }).on('error', () => {}).scope({ timeout })
      const startedMs = performance.now()
      scope.track(A)
      const { delivered } = await scope.flush()
      expect(performance.now() - startedMs).toBeLessThan(timeout + 1_000)
      return delivered === 1
    }
    expect(await countDelivered(downMs, onTestFinished, deliver)).toEqual(ALL)
  })
})

it('an API that does not come back is asked once more shortly before the deadline, whatever the back-off says', async () => {
  const server = await startServer((_, response) => response.writeHead(503).end())
  const slow = { maxRetries: 1, minRetryDelay: 60_000, maxRetryDelay: 60_000 }
  const client = new Analytics({ writeKey: 'wk_outage', host: server.url, ...slow })
  client.on('error', () => {}).track(A)
  expect(await client.flush({ timeout: 1_500 })).toEqual({ delivered: 0, failed: 1 })
  expect(server.requests).toHaveLength(2)
})
