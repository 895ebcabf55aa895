import { afterEach, describe, expect, it, vi } from 'vitest'
import { Analytics, type AnalyticsSettings } from '../../../src/index.ts'
import { createHost, rest } from '../../support/client.ts'
import { startServer } from '../../support/retries.ts'

const clients: Analytics[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) await client.closeAndFlush({ timeout: 1 })
})

function createClient(host: string, settings: Partial<AnalyticsSettings> = {}): Analytics {
  const client = new Analytics({ writeKey: 'wk_cover', host, flushInterval: 60_000, ...settings })
  clients.push(client)
  return client.on('error', () => {})
}

/** An API whose response to an event takes as long as its properties say; without end if they say nothing. */
function startSlowServer(status = 200) {
  return startServer(async ({ events }, response) => {
    const delaysMs = events.map(({ properties }) => Number(Object(properties).delayMs))
    if (delaysMs.some(Number.isNaN)) return
    await rest(Math.max(...delaysMs))
    response.writeHead(status).end('{}')
  })
}

const quick = (event: string, delayMs = 0) => ({ userId: 'u1', event, properties: { delayMs } })
const endless = (event: string) => ({ userId: 'u1', event })

describe('a flush inside a callback', () => {
  it.each(['flush', 'closeAndFlush'] as const)('does not wait for that callback: %s', async (method) => {
    const server = await startServer()
    const client = createClient(server.url, { flushInterval: 10 })
    const durationMs = await new Promise<number>((resolve) => {
      client.track(quick('last'), async () => {
        await rest(10)
        const startedMs = performance.now()
        await client[method]({ timeout: 10_000 })
        resolve(performance.now() - startedMs)
      })
    })
    expect(durationMs).toBeLessThan(5000)
  })

  it('waits for everything else that is pending', async () => {
    const server = await startSlowServer()
    const client = createClient(server.url, { flushAt: 1 })
    const result = await new Promise((resolve) => {
      client.track(quick('slow', 500))
      client.track(quick('quick'), async () => resolve(await client.flush({ timeout: 10_000 })))
      void client.flush({ timeout: 10_000 })
    })
    expect(result).toEqual({ delivered: 1, failed: 0 })
  })

  it('covers the events that the callback has tracked', async () => {
    const server = await startServer()
    const client = createClient(server.url)
    const result = new Promise((resolve) => {
      client.track(quick('first'), async () => {
        client.track(quick('second'))
        resolve(await client.flush({ timeout: 10_000 }))
      })
    })
    expect(await client.flush({ timeout: 10_000 })).toEqual({ delivered: 1, failed: 0 })
    expect(await result).toEqual({ delivered: 1, failed: 0 })
    expect(server.names()).toEqual(['first', 'second'])
  })
})

describe('a flush with a short deadline', () => {
  it('does not wait for callbacks that it does not cover, but their host does', async () => {
    const server = await startSlowServer()
    const client = createClient(server.url, { flushAt: 1 })
    const { waitUntil, promises } = createHost()
    const scope = client.scope({ waitUntil })
    const ended: string[] = []
    scope.track(endless('one'))
    const short = scope.flush({ timeout: 200 })
    scope.track(quick('two'), async () => {
      await rest(1000)
      ended.push('callback')
    })
    const long = scope.flush({ timeout: 20_000 })
    void Promise.all(promises).then(() => ended.push('host'))
    expect(await short).toEqual({ delivered: 0, failed: 1 })
    expect(await long).toEqual({ delivered: 1, failed: 1 })
    await vi.waitUntil(() => ended.length === 2, { timeout: 10_000 })
    expect(ended).toEqual(['callback', 'host'])
  })

  it('fails only its own events, even if all would fit into one batch', async () => {
    const server = await startSlowServer()
    const client = createClient(server.url, { flushAt: 100, maxConcurrentRequests: 1 })
    client.track(endless('covered'))
    const short = client.flush({ timeout: 500 })
    const later = client.track(quick('later'))
    const long = client.flush({ timeout: 20_000 })
    expect(await short).toEqual({ delivered: 0, failed: 1 })
    expect(await later).toMatchObject({ status: 'delivered', attempts: 1 })
    expect(await long).toEqual({ delivered: 1, failed: 1 })
    expect(server.requests.map(({ events }) => events.map(({ event }) => event))).toEqual([['covered'], ['later']])
  })
})

describe('onUndelivered', () => {
  it('gets the events of one flush in a call, without those of a later one', async () => {
    const server = await startSlowServer()
    const calls: unknown[][] = []
    const client = createClient(server.url, {
      flushAt: 100,
      maxConcurrentRequests: 1,
      onUndelivered: (events) => void calls.push(events.map(({ event }) => event)),
    })
    client.track(endless('a'))
    client.track(endless('b'))
    const short = client.flush({ timeout: 1000 })
    client.track(quick('c'))
    const long = client.flush({ timeout: 20_000 })
    expect(await short).toEqual({ delivered: 0, failed: 0, handedOver: 2 })
    expect(calls).toEqual([['a', 'b']])
    expect(await long).toEqual({ delivered: 1, failed: 0, handedOver: 2 })
    expect(calls).toEqual([['a', 'b']])
  })

  it('that hangs for the events of one flush still has its time for those of another', async () => {
    const server = await startSlowServer(404)
    const client = createClient(server.url, {
      onUndelivered: ([first]) => (first?.event === 'a' ? new Promise<void>(() => {}) : rest(1500)),
    })
    const a = client.track(quick('a'))
    const short = client.flush({ timeout: 800 })
    const b = client.track(quick('b'))
    const long = client.flush({ timeout: 20_000 })
    expect(await short).toEqual({ delivered: 0, failed: 1, handedOver: 0 })
    expect((await a).error?.code).toBe('ERR_DEADLINE')
    expect(await long).toEqual({ delivered: 0, failed: 1, handedOver: 1 })
    expect((await b).status).toBe('handed-over')
  })
})

describe('drained', () => {
  it('is emitted once, when nothing of the client and its scopes is pending', async () => {
    const server = await startSlowServer()
    const client = createClient(server.url)
    const drained = vi.fn()
    client.on('drained', drained)
    const scopes = [client, client.scope(), client.scope()] as const
    const delaysMs = [0, 300, 600]
    const flushes = scopes.map((scope, index) => {
      scope.track(quick(`${index}`, delaysMs[index]))
      return scope.flush({ timeout: 20_000 })
    })
    await flushes[0]
    await flushes[1]
    expect(drained).not.toHaveBeenCalled()
    await flushes[2]
    await vi.waitUntil(() => drained.mock.calls.length > 0, { timeout: 5000 })
    await rest(20)
    expect(drained).toHaveBeenCalledTimes(1)
  })

  it('waits for the scope whose events fail last', async () => {
    const server = await startSlowServer()
    const client = createClient(server.url)
    const order: string[] = []
    client.on('drained', () => order.push('drained')).on('error', () => order.push('error'))
    const scope = client.scope()
    scope.track(endless('never answered'))
    const flush = scope.flush({ timeout: 700 })
    expect((await client.track(quick('quick'))).status).toBe('delivered')
    expect(order).toEqual([])
    await flush
    await rest(20)
    expect(order).toEqual(['error', 'drained'])
  })

  it('is emitted again after more events are settled', async () => {
    const server = await startServer()
    const client = createClient(server.url)
    const drained = vi.fn()
    client.on('drained', drained)
    for (const count of [1, 2]) {
      client.track(quick('E'))
      await client.flush()
      await vi.waitUntil(() => drained.mock.calls.length === count, { timeout: 5000 })
    }
  })
})
