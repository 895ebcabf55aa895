import { describe, expect, it, vi } from 'vitest'
import { type HandOver, readHandedOver } from '../../../src/index.ts'
import { createClient, openCollector, reasonOf, recordErrors, trackMany } from '../../support/client.ts'
import { createMemoryQueue } from '../../support/memory-queue.ts'

const collector = await openCollector()
const A = { userId: 'u1', event: 'A' }

describe("handOver with when: 'always'", () => {
  it('sends nothing to the API, and settles each event as handed over, without an error', async () => {
    const { to, bodies } = createMemoryQueue()
    const client = createClient(collector, { handOver: { to, when: 'always' } })
    const errors = recordErrors(client)
    const callback = vi.fn()
    const delivery = client.track(A, callback)
    trackMany(client, 2)
    expect(await client.flush()).toEqual({ delivered: 0, failed: 0, handedOver: 3 })
    expect(await delivery).toEqual({ messageId: expect.any(String), status: 'handed-over', attempts: 0 })
    expect(await delivery.orThrow()).toMatchObject({ status: 'handed-over' })
    expect(callback.mock.calls).toEqual([[undefined, expect.anything()]])
    expect(errors).toEqual([])
    expect(collector.requests()).toEqual([])
    expect(bodies.flatMap(readHandedOver).map(({ event }) => event)).toEqual(['A', '0', '1'])
  })

  it('fails exactly the events that the queue rejects each time', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { to, bodies, calls } = createMemoryQueue(({ body }) => body.includes('"B"') && new Error('throttled'))
    const client = createClient(collector, { flushAt: 1, handOver: { to, when: 'always' } })
    const [taken, refused] = [client.track(A), client.track({ ...A, event: 'B' })]
    expect(await client.flush()).toEqual({ delivered: 0, failed: 1, handedOver: 1 })
    expect(await taken).toMatchObject({ status: 'handed-over' })
    expect(await reasonOf(refused)).toMatchObject({ code: 'ERR_NOT_HANDED_OVER', cause: { message: 'throttled' } })
    expect(bodies).toHaveLength(1)
    expect(calls).toHaveLength(4)
    vi.restoreAllMocks()
  })

  it('repeats a partly rejected call with the same ids, without the accepted messages', async () => {
    const big = 'ü'.repeat(14_000)
    const { to, bodies, calls } = createMemoryQueue(
      (message, call) => call === 1 && message.body.includes('"1"') && new Error('busy'),
    )
    const client = createClient(collector, { handOver: { to, when: 'always' } })
    for (let index = 0; index < 8; index++) client.track({ userId: 'u1', event: `${index}`, properties: { big } })
    expect(await client.flush()).toEqual({ delivered: 0, failed: 0, handedOver: 8 })
    expect(
      bodies
        .flatMap(readHandedOver)
        .map(({ event }) => Number(event))
        .toSorted(),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    const [first, second] = calls
    expect(first?.map(({ id }) => id)).toEqual(expect.arrayContaining(second?.map(({ id }) => id) ?? []))
  })

  it('packs a batch of 480 KB within the limits, counted in bytes', async () => {
    const { to, bodies, calls } = createMemoryQueue()
    const client = createClient(collector, { flushAt: 2_500, handOver: { to, when: 'always' } })
    for (let index = 0; index < 400; index++) {
      client.track({ userId: 'u1', event: `${index}`, properties: { text: '€\uFFFF'.repeat(index % 300) } })
    }
    expect(await client.flush()).toEqual({ delivered: 0, failed: 0, handedOver: 400 })
    for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(127_500)
    for (const call of calls) {
      expect(call.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0)).toBeLessThanOrEqual(255_000)
    }
    expect(bodies.join('')).not.toMatch(/[\uFFFE\uFFFF]/)
    const events = bodies.flatMap(readHandedOver)
    expect(events.map(({ event }) => event)).toEqual(Array.from({ length: 400 }, (_, index) => `${index}`))
    expect(events[299]?.properties?.text).toBe('€\uFFFF'.repeat(299))
  })

  it('stops at the deadline of the flush, even if the queue never answers', async () => {
    const to = { put: () => new Promise(() => {}) }
    const client = createClient(collector, { handOver: { to, when: 'always' } })
    const delivery = client.track(A)
    expect(await client.flush({ timeout: 100 })).toEqual({ delivered: 0, failed: 1, handedOver: 0 })
    expect(await delivery).toMatchObject({ error: { code: 'ERR_DEADLINE' } })
  })

  it.each([
    ['at the deadline, though onUndelivered has taken the events', false, true],
    ['once all is accepted, and lets the queue end in peace', true, false],
  ])('waits no longer for a queue that never answers: %s', async (_, accepts, isAborted) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    let signal: AbortSignal | undefined
    const to: HandOver = {
      put(events, options) {
        // The cast: the library knows less of a signal.
        signal = options.signal as AbortSignal
        if (accepts) for (const { accept } of events) accept()
        return new Promise<never>(() => {})
      },
    }
    const client = createClient(collector, { handOver: { to, when: 'always' }, onUndelivered: () => {} })
    client.track(A)
    const flushed = client.flush({ timeout: 400 })
    await vi.advanceTimersByTimeAsync(400)
    expect(await flushed).toEqual({ delivered: 0, failed: 0, handedOver: 1 })
    expect([signal?.aborted, vi.getTimerCount()]).toEqual([isAborted, 0])
    vi.useRealTimers()
  })
})

describe("handOver with when: 'undelivered'", () => {
  it('hands over events that an outage outlasts, and reports no error', async () => {
    collector.fail({ status: 503 })
    const { to, bodies } = createMemoryQueue()
    const client = createClient(collector, { handOver: { to }, maxRetries: 1, minRetryDelay: 1 })
    const errors = recordErrors(client)
    trackMany(client, 3)
    expect(await client.flush()).toEqual({ delivered: 0, failed: 0, handedOver: 3 })
    expect(bodies.flatMap(readHandedOver)).toHaveLength(3)
    expect(errors).toEqual([])
  })

  it('delivers valid events, and fails an event that the API rejects', async () => {
    const { to, bodies } = createMemoryQueue()
    const client = createClient(collector, { handOver: { to } })
    collector.fail({ status: 400 })
    expect(await client.track(A)).toMatchObject({ status: 'failed', error: { status: 400 } })
    collector.clear()
    expect(await client.track(A)).toMatchObject({ status: 'delivered' })
    expect(bodies).toEqual([])
  })

  it('passes events that the queue rejects to onUndelivered', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    collector.fail({ status: 503 })
    const { to } = createMemoryQueue(() => new Error('down'))
    const taken: unknown[] = []
    const onUndelivered = (events: unknown[]) => void taken.push(...events)
    const client = createClient(collector, { handOver: { to }, maxRetries: 0, onUndelivered })
    expect(await client.track(A)).toMatchObject({ status: 'handed-over', error: { code: 'ERR_HANDED_OVER' } })
    expect(taken).toHaveLength(1)
    vi.restoreAllMocks()
  })
})
