import { describe, expect, it, vi } from 'vitest'
import { Analytics, ValidationError } from '../../../src/index.ts'
import {
  answers,
  createClient,
  createHost,
  openCollector,
  receivedNames,
  recordErrors,
  rest,
  trackMany,
  within,
} from '../../support/client.ts'

const collector = await openCollector()

const A = { userId: 'u1', event: 'A' }
const B = { userId: 'u1', event: 'B' }

describe('a subclass that uses one of our names for itself', () => {
  it.each([
    ['scope', { get: () => 'mine' }],
    ['current', { value: () => 'mine' }],
  ])('still delivers its events: %s', async (name, own) => {
    class Mine extends Analytics {}
    Object.defineProperty(Mine.prototype, name, own)
    const client = new Mine({ writeKey: 'k', host: collector.url })
    expect(await client.track({ userId: 'u1', event: 'A' })).toMatchObject({ status: 'delivered' })
    expect(receivedNames(collector)).toEqual(['A'])
  })
})

describe('waitUntil', () => {
  it('is called once, with the first pending event, and gets a promise that resolves when none is pending', async () => {
    collector.fail({ delayMs: 100 })
    const { promises, waitUntil } = createHost()
    const scope = createClient(collector).scope({ waitUntil })
    expect(promises).toHaveLength(0)
    scope.track(A)
    expect(promises).toHaveLength(1)
    trackMany(scope, 3)
    expect(promises).toHaveLength(1)
    await promises[0]
    expect(answers(collector)).toEqual([200])
    expect(receivedNames(collector)).toEqual(['A', '0', '1', '2'])
  })

  it('is called again for later events', async () => {
    const { promises, waitUntil } = createHost()
    const scope = createClient(collector).scope({ waitUntil })
    scope.track(A)
    await promises[0]
    expect(receivedNames(collector)).toEqual(['A'])
    scope.track(B)
    expect(promises).toHaveLength(2)
    await promises[1]
    expect(receivedNames(collector)).toEqual(['A', 'B'])
  })

  it('gets a promise that also waits for events tracked before it ends, and for callbacks', async () => {
    collector.fail({ delayMs: 100 })
    const { promises, waitUntil } = createHost()
    const scope = createClient(collector).scope({ waitUntil })
    const done: string[] = []
    scope.track(A, async () => {
      await rest(50)
      scope.track(B, () => done.push('B'))
      done.push('A')
    })
    await promises[0]
    expect(done).toEqual(['A', 'B'])
    expect(promises).toHaveLength(1)
    expect(receivedNames(collector)).toEqual(['A', 'B'])
  })

  it('is also called for an event that only fails', async () => {
    const { promises, waitUntil } = createHost()
    const client = createClient(collector)
    const errors = recordErrors(client)
    client.scope({ waitUntil }).track({ ...A, properties: { id: 1n } })
    expect(promises).toHaveLength(1)
    await promises[0]
    expect(errors).toHaveLength(1)
    expect(collector.requests()).toEqual([])
  })

  it('that throws is reported, and its events are still delivered', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const boom = new Error('the invocation is over')
    const client = createClient(collector)
    const drained = new Promise<void>((resolve) => client.once('drained', resolve))
    const scope = client.scope({
      waitUntil: () => {
        throw boom
      },
    })
    scope.track(A)
    await drained
    expect(reported.mock.calls).toEqual([[expect.stringMatching(/waitUntil.*the invocation is over/)]])
    expect(receivedNames(collector)).toEqual(['A'])
    reported.mockRestore()
  })

  it("keeps the host waiting no longer than the scope's timeout", async () => {
    collector.fail({ hang: true })
    const { promises, waitUntil } = createHost()
    const client = createClient(collector)
    const errors = recordErrors(client)
    const scope = client.scope({ waitUntil, timeout: 150 })
    scope.track(A)
    expect(await within(5000, Promise.all(promises))).toEqual([undefined])
    expect(errors[0]?.reason).toMatchObject({ code: 'ERR_DEADLINE' })
  })
})

describe('scopes of one client', () => {
  it('have their own queues and notify the listeners of the client', async () => {
    const client = createClient(collector)
    const heard: unknown[] = []
    client.on('track', ({ event }) => heard.push(event.event))
    const [first, second] = [client.scope(), client.scope()]
    first.track(A)
    second.track(B)
    expect(await first.flush()).toEqual({ delivered: 1, failed: 0 })
    expect(receivedNames(collector)).toEqual(['A'])
    expect(await second.flush()).toEqual({ delivered: 1, failed: 0 })
    expect(heard).toEqual(['A', 'B'])
  })

  it.each(['flush', 'closeAndFlush'] as const)('are covered by %s of the client', async (name) => {
    const client = createClient(collector)
    const [first, second] = [client.scope(), client.scope()]
    trackMany(first, 2)
    second.track(A)
    client.track(B)
    expect(await client[name]()).toEqual({ delivered: 4, failed: 0 })
    expect(receivedNames(collector).toSorted()).toEqual(['0', '1', 'A', 'B'])
  })

  it("are closed by the client's closeAndFlush, even if opened later", async () => {
    const client = createClient(collector)
    const refused = vi.fn()
    client.on('call_after_close', refused)
    const before = client.scope()
    await client.closeAndFlush()
    for (const scope of [before, client.scope()]) {
      expect((await scope.track(A)).error).toMatchObject({ code: 'ERR_CLOSED' })
    }
    expect(refused).toHaveBeenCalledTimes(2)
    expect(collector.requests()).toEqual([])
  })

  it('close only themselves with their own closeAndFlush', async () => {
    const client = createClient(collector)
    const scope = client.scope()
    scope.track(A)
    expect(await scope.closeAndFlush()).toEqual({ delivered: 1, failed: 0 })
    expect((await scope.track(A)).error).toMatchObject({ code: 'ERR_CLOSED' })
    await client.track(B)
    await client.scope().track(B)
    expect(receivedNames(collector)).toEqual(['A', 'B', 'B'])
  })
})

describe('pendingCount', () => {
  it('counts the unsettled events of a scope; that of the client counts all', async () => {
    collector.fail({ delayMs: 100 })
    const client = createClient(collector)
    const [first, second] = [client.scope(), client.scope()]
    expect(first.pendingCount).toBe(0)
    trackMany(first, 3)
    trackMany(client, 1)
    expect([client, first, second].map(({ pendingCount }) => pendingCount)).toEqual([4, 3, 0])
    const counts: number[] = []
    client.on('track', () => counts.push(first.pendingCount))
    const flushed = first.flush()
    expect(first.pendingCount).toBe(3)
    await flushed
    expect(counts).toEqual([2, 1, 0])
    expect([client, first, second].map(({ pendingCount }) => pendingCount)).toEqual([1, 0, 0])
    expect(receivedNames(collector)).toEqual(['0', '1', '2'])
  })

  it('counts an event that cannot be sent until it is reported, and none after the close', async () => {
    const client = createClient(collector).on('error', () => {})
    const scope = client.scope()
    const delivery = scope.track({ ...A, properties: { id: 1n } })
    expect(scope.pendingCount).toBe(1)
    await delivery
    expect(scope.pendingCount).toBe(0)
    await scope.closeAndFlush()
    scope.track(A)
    expect(scope.pendingCount).toBe(0)
  })
})

describe('pendingCount of a client', () => {
  it('counts the unsettled events of the client and its open scopes', async () => {
    const client = createClient(collector)
    const scope = client.scope()
    expect(client.pendingCount).toBe(0)
    trackMany(client, 1)
    trackMany(scope, 3)
    expect(client.pendingCount).toBe(4)
    await scope.flush()
    expect(client.pendingCount).toBe(1)
    await client.flush()
    expect(client.pendingCount).toBe(0)
  })
})

describe('invalid options', () => {
  it.each<[string, unknown]>([
    ['waitUntil', { waitUntil: 5 }],
    ['waitUntil', { waitUntil: Promise.resolve() }],
    ['context', { context: [] }],
    ['userId', { userId: 5 }],
    ['anonymousId', { anonymousId: {} }],
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: Number.NaN }],
    ['timeout', { timeout: Infinity }],
    ['options', []],
    ['options', null],
  ])('throw at once and name %s: %j', (field, options) => {
    const client = createClient(collector)
    // A cast, since the types would refuse the call, too.
    const open = () => client.scope(options as object)
    expect(open).toThrow(ValidationError)
    expect(open).toThrow(expect.objectContaining({ field }))
  })
})
