import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { type Delivery, DeliveryError, type Outcome } from '../../../src/index.ts'
import { answers, createClient, openCollector, receivedNames, rest } from '../../support/client.ts'

const collector = await openCollector()

const A = { userId: 'u1', event: 'A' }
const B = { userId: 'u1', event: 'B' }
const C = { userId: 'u1', event: 'C' }

describe('an ignored Delivery', () => {
  it('sends nothing by itself; its event is sent with the next flush', async () => {
    const client = createClient(collector)
    client.track(A)
    await rest(100)
    expect(collector.requests()).toEqual([])
    await client.flush()
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('sends nothing when it is only inspected', async () => {
    const client = createClient(collector)
    const delivery = client.track(A)
    expect(String(delivery)).toBe('[object Delivery]')
    expect(delivery).not.toBeInstanceOf(Promise)
    expect(typeof delivery.then).toBe('function')
    await rest(100)
    expect(collector.requests()).toEqual([])
    await client.flush()
  })
})

describe('an awaited Delivery', () => {
  it('sends its event now, and resolves with its Outcome', async () => {
    const client = createClient(collector)
    const outcome = await client.track({ ...A, messageId: 'm-1' })
    expect(answers(collector)).toEqual([200])
    expect(collector.events()[0]?.event.messageId).toBe('m-1')
    expect(outcome).toEqual({ messageId: 'm-1', status: 'delivered', attempts: 1 })
    expect(structuredClone(outcome)).toEqual(outcome)
    expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome)
  })

  it('shares its request with the other events of the tick, earlier and later', async () => {
    const client = createClient(collector)
    client.track(A)
    const awaited = Promise.resolve(client.track(B))
    client.track(C)
    await awaited
    expect(receivedNames(collector)).toEqual(['A', 'B', 'C'])
    expect(collector.requests()).toHaveLength(1)
  })

  it('shares one request with others in Promise.all, without waiting for flushInterval', async () => {
    const client = createClient(collector)
    const outcomes = await Promise.all([A, B, C].map((params) => client.track({ ...params, messageId: params.event })))
    expect(outcomes.map(({ messageId }) => messageId)).toEqual(['A', 'B', 'C'])
    expect(collector.requests().map(({ eventCount }) => eventCount)).toEqual([3])
  })

  it.each<[string, (delivery: Delivery) => PromiseLike<unknown>]>([
    ['then', (delivery) => delivery.then()],
    ['catch', (delivery) => delivery.catch()],
    ['finally', (delivery) => delivery.finally()],
    ['orThrow', (delivery) => delivery.orThrow()],
    ['Promise.race', (delivery) => Promise.race([delivery])],
    ['Promise.allSettled', (delivery) => Promise.allSettled([delivery])],
  ])('is sent at once through %s', async (_, wait) => {
    await wait(createClient(collector).track(A))
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('can be awaited many times, before and after it is settled, but is sent once', async () => {
    const client = createClient(collector)
    const delivery = client.track(A)
    const [first, second] = await Promise.all([delivery, delivery])
    const third = await delivery
    expect([second, third]).toEqual([first, first])
    expect(second).toBe(first)
    expect(third).toBe(first)
    expect(collector.requests()).toHaveLength(1)
  })

  it('resolves without a request if its event was already delivered', async () => {
    const client = createClient(collector)
    const delivery = client.track({ ...A, messageId: 'm-1' })
    await client.flush()
    const later = client.track(B)
    expect(await delivery).toMatchObject({ messageId: 'm-1', status: 'delivered' })
    await rest(50)
    expect(receivedNames(collector)).toEqual(['A'])
    await later
  })
})

describe('a Delivery of a failed event', () => {
  it('resolves with an Outcome that has the reason', async () => {
    collector.fail({ status: 404, statusText: 'Nothing Here' })
    const outcome = await createClient(collector).track(A)
    const message = expect.stringContaining('[404] Nothing Here')
    expect(outcome).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'ERR_HTTP_STATUS', message, status: 404 },
    })
    expect(structuredClone(outcome)).toEqual(outcome)
    expect(receivedNames(collector)).toEqual([])
  })

  it('calls the handlers of then and finally, but not that of catch', async () => {
    collector.fail({ status: 404 })
    const delivery = createClient(collector).track(A)
    const [onRejected, onCaught, onFinally] = [vi.fn(), vi.fn(), vi.fn()]
    await Promise.all([delivery.then(undefined, onRejected), delivery.catch(onCaught), delivery.finally(onFinally)])
    expect([onRejected, onCaught, onFinally].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 1])
  })

  it.each(['before', 'after'])(
    'rejects through orThrow with the typed reason, called %s it is reported',
    async (when) => {
      collector.fail({ status: 401, statusText: 'Unauthorized' })
      const client = createClient(collector).on('error', () => {})
      const delivery = client.track(A)
      if (when === 'after') await client.flush()
      const error: unknown = await delivery.orThrow().catch((reason) => reason)
      expect(error).toBeInstanceOf(DeliveryError)
      expect((await delivery).error).toMatchObject({ code: 'ERR_HTTP_STATUS', status: 401 })
      expect(error).toMatchObject({ name: 'DeliveryError', code: 'ERR_HTTP_STATUS', status: 401 })
    },
  )
})

it('orThrow resolves with the Outcome of a delivered event', async () => {
  const delivery = createClient(collector).track(A)
  expect(await delivery.orThrow()).toBe(await delivery)
  expect(receivedNames(collector)).toEqual(['A'])
})

it('an error thrown inside then rejects the promise that then returned', async () => {
  const boom = new Error('boom')
  const thrown = createClient(collector)
    .track(A)
    .then(() => {
      throw boom
    })
  await expect(thrown).rejects.toBe(boom)
})

it('a Delivery is typed as a promise of an Outcome', () => {
  expectTypeOf<Delivery>().toExtend<Promise<Outcome>>()
  expectTypeOf<Awaited<Delivery>>().toEqualTypeOf<Outcome>()
})

describe('a callback', () => {
  it('is called once, after the call has returned, with no error and the Context', async () => {
    const client = createClient(collector)
    const callback = vi.fn()
    const delivery = client.track(A, callback)
    expect(callback).not.toHaveBeenCalled()
    const { messageId } = await delivery
    expect(callback.mock.calls).toEqual([[undefined, expect.objectContaining({ id: messageId, attempts: 1 })]])
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('that throws or rejects is reported, and its event counts as delivered', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const client = createClient(collector)
    const boom = new Error('boom')
    client.track(A, () => {
      throw boom
    })
    client.identify({ userId: 'u1' }, () => Promise.reject(boom))
    expect(await client.flush()).toEqual({ delivered: 2, failed: 0 })
    expect(reported.mock.calls).toEqual([
      [expect.stringMatching(/the callback of track\(\).*boom/)],
      [expect.stringMatching(/the callback of identify\(\).*boom/)],
    ])
    expect(collector.requests()).toHaveLength(1)
    reported.mockRestore()
  })
})

describe('an unhandled failure', () => {
  it('causes one readable warning, unless something handles it', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    collector.fail({ status: 404 })
    const unhandled = createClient(collector)
    for (const params of [A, B]) {
      unhandled.track(params)
      await unhandled.flush()
    }
    expect(warned).toHaveBeenCalledTimes(1)
    expect(warned.mock.calls).toEqual([[expect.stringMatching(/reported once.*ERR_HTTP_STATUS, \[404\]/)]])

    const heard = createClient(collector)
    await heard.track(A)
    await heard.track({ ...A, properties: { id: 1n } })
    heard.track(A, () => {})
    await heard.flush()
    heard.on('error', () => {}).track(A)
    await heard.flush()
    expect(warned).toHaveBeenCalledTimes(1)
    expect(answers(collector)).toEqual([404, 404, 404, 404, 404])
    warned.mockRestore()
  })
})

describe('within(ms)', () => {
  it('resolves with the outcome if it is known in time', async () => {
    const client = createClient(collector)
    expect(await client.track({ ...A, messageId: 'm1' }).within(30_000)).toEqual({
      messageId: 'm1',
      status: 'delivered',
      attempts: 1,
    })
  })

  it("otherwise resolves with 'pending', and the event is sent with the others of its tick", async () => {
    collector.fail({ delayMs: 1_000, times: 1 })
    const client = createClient(collector)
    const later = client.track(B)
    const first = client.track({ ...A, messageId: 'm1' })
    expect(await first.within(50)).toEqual({ messageId: 'm1', status: 'pending', attempts: 1 })
    expect(await first).toMatchObject({ status: 'delivered' })
    expect(await later.within(0)).toMatchObject({ status: 'delivered' })
    expect(collector.requests()).toHaveLength(1)
  })

  it.each([-1, Number.NaN, 2 ** 31, '5'])('throws for %s', (ms) => {
    const client = createClient(collector)
    // A cast: the mistake is the point.
    expect(() => client.track(A).within(ms as number)).toThrow(expect.objectContaining({ field: 'within' }))
  })
})
