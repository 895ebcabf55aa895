import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SegmentEvent } from '../../../src/types.ts'
import { openCollector, receivedNames, WRITE_KEY } from '../../support/client.ts'
import { settle } from '../../support/plugins.ts'

// What guards say, on any host, to the queues of a scope; the real guards of workerd have their tests in `test/hosts/workers`.

const collector = await openCollector()

/** The request whose code is running; none while a module loads. */
let running: string | undefined

/** Calls a function in a request; then, its turn of the microtask queue is over. */
async function during<Result>(request: string | undefined, act: () => Result): Promise<Awaited<Result>> {
  running = request
  let result: Result
  try {
    result = act()
  } finally {
    running = undefined
  }
  await undefined
  return await result
}

/** An object of workerd that belongs to its request. */
class BoundPair {
  readonly 0: { readonly readyState: number }

  constructor() {
    const owner = running
    if (owner === undefined) throw new Error('not outside of a request')
    this[0] = {
      get readyState() {
        if (running !== owner) throw new Error('another request')
        return 1
      },
    }
  }
}

/** The same on a host that no longer binds it. */
class FreePair {
  readonly 0 = { readyState: 1 }
}

/** The queues of a scope, in modules that were loaded on such a host. */
async function open(WebSocketPair: object, { isShared = true, opener }: { isShared?: boolean; opener?: string } = {}) {
  vi.stubGlobal('WebSocketPair', WebSocketPair)
  const { randomUUID } = crypto
  vi.spyOn(crypto, 'randomUUID').mockImplementation(() => {
    if (running === undefined) throw new Error('no random values outside of a request')
    return randomUUID.call(crypto)
  })
  vi.resetModules()
  const { RequestQueues, provideRequestKey } = await import('../../../src/delivery/request-queues.ts')
  const { RequestGuard } = await import('../../../src/lib/request-guard.ts')
  const { createQueueDeps } = await import('../../support/queue-parts.ts')
  const deps = createQueueDeps(WRITE_KEY, collector.url)
  const guard = await during(opener, () => new RequestGuard())
  const queues = new RequestQueues(deps, { timeoutMs: 5_000, settings: deps.settings }, isShared, guard)
  return { queues, provideRequestKey }
}

type Queues = Awaited<ReturnType<typeof open>>['queues']

/** On a host that has an object for each request. */
async function openWithKeys(requests: readonly string[]): Promise<Queues> {
  const { queues, provideRequestKey } = await open(BoundPair)
  const keys = new Map(requests.map((request) => [request, {}]))
  provideRequestKey(() => keys.get(running ?? ''))
  return queues
}

async function track(queues: Queues, request: string | undefined, event: string): Promise<void> {
  // The cast: the parts of an event that a queue reads.
  const built = { type: 'track', userId: 'u1', event, messageId: event, timestamp: new Date() } as SegmentEvent
  await during(request, () => void queues.find().add(built, undefined))
}

function findIn(queues: Queues, request: string | undefined) {
  return during(request, () => queues.find())
}

/** Tracks an event in each of many requests, each named after its request. */
async function trackInEach(queues: Queues, requests: readonly string[]): Promise<void> {
  for (const request of requests) await track(queues, request, request)
  await settle()
}

function nameRequests(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `request ${index}`)
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.resetModules()
})

describe('where guards prove what they say', () => {
  it('each request has its own queue, in later ticks as well', async () => {
    const { queues } = await open(BoundPair)
    const first = await findIn(queues, 'A')
    const second = await findIn(queues, 'B')
    expect(second).not.toBe(first)
    await settle()
    expect(await findIn(queues, 'A')).toBe(first)
    expect(await findIn(queues, 'B')).toBe(second)
  })

  it('counts a queue once, however often it is found', async () => {
    const { queues } = await open(BoundPair)
    for (const request of ['A', 'B', 'A', 'B', 'A']) await track(queues, request, request)
    expect(await during('A', () => queues.pendingCount)).toBe(3)
    expect(await during('A', () => queues.flush())).toEqual({ delivered: 3, failed: 0 })
    expect(await during('B', () => queues.flush())).toEqual({ delivered: 2, failed: 0 })
  })

  it('takes events after a flush, and none once it is closed', async () => {
    const { queues } = await open(BoundPair)
    for (const event of ['first', 'second']) {
      await track(queues, 'A', event)
      expect((await during('A', () => queues.flush())).delivered).toBe(1)
    }
    await during('B', () => queues.flush(undefined, true))
    await track(queues, 'B', 'late')
    expect(await during('B', () => queues.pendingCount)).toBe(0)
  })

  it('calls outside of requests have a queue of their own', async () => {
    const { queues } = await open(BoundPair)
    const outside = await findIn(queues, undefined)
    expect(await findIn(queues, 'A')).not.toBe(outside)
    await settle()
    expect(await findIn(queues, undefined)).toBe(outside)
  })

  it('another request does not use the queue of a scope that is not shared', async () => {
    const { queues } = await open(BoundPair, { isShared: false, opener: 'A' })
    const own = await findIn(queues, 'A')
    expect(await findIn(queues, 'B')).not.toBe(own)
    expect(await findIn(queues, 'A')).toBe(own)
  })

  it('counts and flushes what the running request has pending', async () => {
    const { queues } = await open(BoundPair)
    await trackInEach(queues, ['A'])
    expect(await during('A', () => queues.pendingCount)).toBe(1)
    expect(await during('B', () => queues.pendingCount)).toBe(0)
    expect(await during('B', () => queues.flush())).toEqual({ delivered: 0, failed: 0 })
    expect(await during('A', () => queues.pendingCount)).toBe(1)
    expect(await during('A', () => queues.flush())).toEqual({ delivered: 1, failed: 0 })
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('drops the older half of idle queues when there are many, and none with events', async () => {
    const { queues } = await open(BoundPair)
    const requests = nameRequests(65)
    await track(queues, requests[0], 'pending')
    const found = []
    for (const request of requests) found.push(await findIn(queues, request))
    const isKept = []
    for (const index of [0, 64, 34, 1]) isKept.push((await findIn(queues, requests[index])) === found[index])
    expect(isKept).toEqual([true, true, true, false])
    await during(requests[0], () => queues.flush())
  })

  it('searches at most 128 queues for that of a request', async () => {
    const { queues } = await open(BoundPair)
    const requests = nameRequests(129)
    await trackInEach(queues, requests)
    expect((await findIn(queues, requests[1])).pendingCount).toBe(1)
    expect((await findIn(queues, requests[0])).pendingCount).toBe(0)
    for (const request of requests) await during(request, () => queues.flush())
  })

  it('finds a queue by the object that the host has for each request', async () => {
    const requests = nameRequests(129)
    const queues = await openWithKeys(requests)
    await trackInEach(queues, requests)
    expect((await findIn(queues, requests[0])).pendingCount).toBe(1)
    for (const request of requests) await during(request, () => queues.flush())
  })

  it('finds the queue of a request that has another such object by now, if it is recent or has events', async () => {
    const { queues, provideRequestKey } = await open(BoundPair)
    const requests = nameRequests(12)
    // As in a span inside a request.
    provideRequestKey(() => ({}))
    await track(queues, requests[1], 'pending')
    const found = []
    for (const request of requests) found.push(await findIn(queues, request))
    const isFound = []
    for (const index of [4, 1, 2, 3]) isFound.push((await findIn(queues, requests[index])) === found[index])
    // Eight are searched, and those with events: now the first two of these, and the latest six.
    expect(isFound).toEqual([true, true, false, false])
    await during(requests[1], () => queues.flush())
  })

  it('does not trust such an object alone', async () => {
    const { queues, provideRequestKey } = await open(BoundPair)
    const key = {}
    provideRequestKey(() => key)
    const first = await findIn(queues, 'A')
    expect(await findIn(queues, 'B')).not.toBe(first)
  })

  it('finds a dropped queue again, without taking another one out', async () => {
    const requests = nameRequests(65)
    const queues = await openWithKeys(requests)
    // The least recently used of those that stay.
    await track(queues, requests[0], 'pending')
    const found = []
    for (const request of requests) found.push(await findIn(queues, request))
    expect(await findIn(queues, requests[1])).toBe(found[1])
    expect(await during(requests[0], () => queues.pendingCount)).toBe(1)
    expect(await during(requests[0], () => queues.flush())).toEqual({ delivered: 1, failed: 0 })
  })
})

describe('where guards prove nothing', () => {
  it('each tick has its own queue', async () => {
    const { queues } = await open(FreePair)
    const first = await findIn(queues, 'A')
    for (let turn = 0; turn < 50; turn++) await undefined
    expect(await findIn(queues, 'A')).toBe(first)
    await settle()
    expect(await findIn(queues, 'A')).not.toBe(first)
  })

  it('a scope that is not shared keeps its queue', async () => {
    const { queues } = await open(FreePair, { isShared: false, opener: 'A' })
    const first = await findIn(queues, 'A')
    await settle()
    expect(await findIn(queues, 'A')).toBe(first)
  })

  it('a flush waits for what other ticks have pending, and counts it', async () => {
    const { queues } = await open(FreePair)
    await track(queues, 'A', 'of the first tick')
    void during('A', () => queues.find().flush())
    await settle()
    await track(queues, 'A', 'of the second tick')
    expect(await during('A', () => queues.flush())).toEqual({ delivered: 2, failed: 0 })
    expect(receivedNames(collector).toSorted()).toEqual(['of the first tick', 'of the second tick'])
  })

  it('a flush waits for other ticks no longer than its deadline', async () => {
    const { queues } = await open(FreePair)
    await trackInEach(queues, ['A'])
    expect(await during('A', () => queues.flush(50))).toEqual({ delivered: 0, failed: 0 })
  })
})
