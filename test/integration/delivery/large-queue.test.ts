import { describe, expect, it } from 'vitest'
import { Analytics, type AnalyticsSettings, type HTTPResponse } from '../../../src/index.ts'
import { createClient, recordErrors, rest } from '../../support/client.ts'
import { startServer } from '../../support/retries.ts'

const A = { userId: 'u1', event: 'A' }

const never = () => new Promise<HTTPResponse>(() => {})

function createFull(count: number, settings: Partial<AnalyticsSettings>): Analytics {
  const client = new Analytics({ writeKey: 'wk_large', httpClient: never, maxQueueSize: count, ...settings })
  client.on('error', () => {})
  for (let index = 0; index < count; index++) client.track(A)
  return client
}

/** Microseconds for each of so many. */
function measure(count: number, act: () => void): number {
  const startedMs = performance.now()
  for (let index = 0; index < count; index++) act()
  return ((performance.now() - startedMs) * 1000) / count
}

describe.each([1, 15])('a queue of 50,000 events, with flushAt %i', (flushAt) => {
  it('makes room for a new event as quickly as it rejects one', async () => {
    const [newest, oldest] = [createFull(50_000, { flushAt }), createFull(50_000, { flushAt, failWhenFull: 'oldest' })]
    await rest(0)
    const [rejecting, evicting] = [newest, oldest].map((client) => measure(2_000, () => void client.track(A)))
    // The oldest used to take 45 times as long.
    expect(evicting).toBeLessThan(Math.max(Number(rejecting), 20) * 10)
  })

  it('meets the deadline of a flush without delay', async () => {
    const client = createFull(50_000, { flushAt })
    await rest(0)
    const startedMs = performance.now()
    expect(await client.flush({ timeout: 300 })).toEqual({ delivered: 0, failed: 50_000 })
    // All of them are reported in this time; it used to take tens of seconds.
    expect(performance.now() - startedMs).toBeLessThan(10_000)
  })

  it('costs no more for each event than a small one', async () => {
    const deliver = async (count: number) => {
      const httpClient = async () => ({ status: 200, statusText: 'OK' })
      const client = createFull(count, { flushAt, httpClient })
      const startedMs = performance.now()
      expect(await client.flush()).toEqual({ delivered: count, failed: 0 })
      return ((performance.now() - startedMs) * 1000) / count
    }
    await deliver(5_000)
    const [few, many] = [await deliver(5_000), await deliver(50_000)]
    expect(many).toBeLessThan(Math.max(few, 20) * 10)
  })
})

describe('the event that makes room for a new one', () => {
  it('is the oldest, even if its batch was split', async () => {
    // The first request is rejected; what follows is not answered, so that the halves wait with the rest.
    const server = await startServer((_, response) => {
      if (server.requests.length === 1) response.writeHead(400).end()
    })
    const client = createClient(server, {
      flushAt: 4,
      maxConcurrentRequests: 1,
      maxQueueSize: 8,
      failWhenFull: 'oldest',
    })
    const errors = recordErrors(client)
    for (const event of '01234567') client.track({ userId: 'u1', event })
    await waitForRequests(server, 2)
    for (const event of 'abc') client.track({ userId: 'u1', event })
    // 0 and 1 are in flight again; 2 and 3 are the other half.
    expect(errors.map(({ ctx }) => ctx.event.event)).toEqual(['2', '3', '4'])
    expect(errors).toMatchObject(Array(3).fill({ reason: { code: 'ERR_QUEUE_FULL' } }))
    await client.flush({ timeout: 50 })
  })
})

async function waitForRequests({ requests }: { requests: unknown[] }, count: number): Promise<void> {
  for (let tries = 0; requests.length < count && tries < 500; tries++) await rest(10)
  expect(requests).toHaveLength(count)
}
