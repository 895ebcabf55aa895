import { describe, expect, it } from 'vitest'
import { ValidationError } from '../../../src/index.ts'
import { createClient, openCollector, receivedNames, rest, trackMany, within } from '../../support/client.ts'

const collector = await openCollector()

describe('flush', () => {
  it('sends ten events in one request and resolves with their outcomes', async () => {
    const client = createClient(collector)
    trackMany(client, 10)
    expect(await client.flush()).toEqual({ delivered: 10, failed: 0 })
    expect(receivedNames(collector)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(collector.requests()).toHaveLength(1)
  })

  it('with nothing pending resolves at once and sends nothing', async () => {
    expect(await createClient(collector).flush()).toEqual({ delivered: 0, failed: 0 })
    expect(collector.requests()).toEqual([])
  })

  it('joins one in progress: same request, same result', async () => {
    collector.fail({ delayMs: 150 })
    const client = createClient(collector)
    trackMany(client, 3)
    const first = client.flush()
    const second = client.flush()
    expect(await second).toEqual({ delivered: 3, failed: 0 })
    expect(await first).toEqual({ delivered: 3, failed: 0 })
    expect(collector.requests()).toHaveLength(1)
  })

  it('covers events tracked after an earlier flush began', async () => {
    collector.fail({ delayMs: 150, requests: [0] })
    const client = createClient(collector)
    client.track({ userId: 'u1', event: 'A' })
    const first = client.flush()
    client.track({ userId: 'u1', event: 'B' })
    const second = client.flush()
    expect(await first).toEqual({ delivered: 1, failed: 0 })
    expect(await second).toEqual({ delivered: 2, failed: 0 })
    expect(receivedNames(collector)).toEqual(['A', 'B'])
  })

  it('finishes under steady traffic, and covers only events accepted before it', async () => {
    collector.fail({ delayMs: 30 })
    const client = createClient(collector, { flushAt: 1 })
    client.track({ userId: 'u1', event: 'before' })
    const traffic = setInterval(() => client.track({ userId: 'u1', event: 'traffic' }), 2)
    const result = await within(5000, client.flush())
    clearInterval(traffic)
    expect(result).toEqual({ delivered: 1, failed: 0 })
    expect(receivedNames(collector)[0]).toBe('before')
    await client.flush()
    expect(receivedNames(collector)).toContain('traffic')
  })

  it('happens automatically flushInterval after the first event', async () => {
    const client = createClient(collector, { flushInterval: 150 })
    const drained = new Promise<void>((resolve) => client.once('drained', resolve))
    const startedMs = performance.now()
    client.track({ userId: 'u1', event: 'A' })
    await rest(50)
    client.track({ userId: 'u1', event: 'B' })
    expect(collector.requests()).toEqual([])
    await drained
    expect(performance.now() - startedMs).toBeGreaterThan(145)
    expect(collector.requests().map(({ eventCount }) => eventCount)).toEqual([2])
  })

  it('works with the longest possible flushInterval', async () => {
    const client = createClient(collector, { flushInterval: 2_147_483_647 })
    client.track({ userId: 'u1', event: 'A' })
    expect(await client.flush()).toEqual({ delivered: 1, failed: 0 })
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it.each([0, -1, Number.NaN, Infinity, '5'])('rejects for a timeout of %s, and changes nothing', async (timeout) => {
    const client = createClient(collector)
    client.track({ userId: 'u1', event: 'A' })
    // A cast, since the types would refuse a string.
    const params = { timeout: timeout as number }
    for (const wrong of [client.flush(params), client.closeAndFlush(params)]) {
      await expect(wrong).rejects.toThrow(ValidationError)
      await expect(wrong).rejects.toMatchObject({ field: 'timeout' })
    }
    client.track({ userId: 'u1', event: 'B' })
    await client.flush()
    expect(receivedNames(collector)).toEqual(['A', 'B'])
  })
})

describe('a flush and callbacks', () => {
  it("waits for the promises of its events' callbacks", async () => {
    const client = createClient(collector)
    const done: string[] = []
    client.track({ userId: 'u1', event: 'A' }, async () => {
      await rest(100)
      done.push('callback')
    })
    await client.flush()
    expect(done).toEqual(['callback'])
  })

  it('waits for callbacks no longer than its timeout, and the events stay delivered', async () => {
    const client = createClient(collector)
    const delivery = client.track({ userId: 'u1', event: 'A' }, () => new Promise(() => {}))
    expect(await client.flush({ timeout: 200 })).toEqual({ delivered: 1, failed: 0 })
    expect((await delivery).status).toBe('delivered')
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it.each(['flush', 'closeAndFlush'] as const)('may be nested: %s inside a callback ends', async (name) => {
    const client = createClient(collector)
    const nested: unknown[] = []
    client.track({ userId: 'u1', event: 'A' }, async () => {
      client.track({ userId: 'u1', event: 'B' })
      nested.push(await client[name]())
    })
    expect(await within(5000, client.flush())).toEqual({ delivered: 1, failed: 0 })
    expect(nested).toEqual([{ delivered: 1, failed: 0 }])
    expect(receivedNames(collector)).toEqual(['A', 'B'])
  })
})

describe('drained', () => {
  it('is emitted whenever nothing is pending any more, after the outcomes', async () => {
    const client = createClient(collector)
    const heard: unknown[] = []
    client.on('track', ({ event }) => heard.push(event.event)).on('drained', () => heard.push('drained'))
    trackMany(client, 2)
    await client.flush()
    trackMany(client, 1)
    await client.flush()
    expect(heard).toEqual(['0', '1', 'drained', '0', 'drained'])
    expect(collector.requests()).toHaveLength(2)
  })
})
