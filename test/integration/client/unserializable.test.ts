import { describe, expect, it } from 'vitest'
import { type Analytics, type Context, DeliveryError, type Outcome } from '../../../src/index.ts'
import { createClient, openCollector, receivedNames, recordErrors } from '../../support/client.ts'

const collector = await openCollector()

const boom = new Error('boom')

function thrower(): never {
  throw boom
}

function circle(): Record<string, unknown> {
  const circular: Record<string, unknown> = { name: 'circle' }
  circular.self = { circular }
  return circular
}

function nest(depth: number): Record<string, unknown> {
  let nested = {}
  for (let level = 0; level < depth; level++) nested = { nested }
  return nested
}

type Poison = (client: Analytics, callback: (err?: unknown, ctx?: Context) => void) => PromiseLike<Outcome>

const POISON = { userId: 'u1', event: 'poison' }

const POISONS: [string, string, Poison][] = [
  [
    'a circular object',
    'ERR_NOT_SERIALIZABLE',
    (client, callback) => client.track({ ...POISON, properties: circle() }, callback),
  ],
  [
    'a circle in the context',
    'ERR_NOT_SERIALIZABLE',
    (client, callback) => client.track({ ...POISON, context: circle() }, callback),
  ],
  [
    'a circle in traits',
    'ERR_NOT_SERIALIZABLE',
    (client, callback) => client.identify({ userId: 'u1', traits: circle() }, callback),
  ],
  [
    'a BigInt',
    'ERR_NOT_SERIALIZABLE',
    (client, callback) => client.track({ ...POISON, properties: { id: 1n } }, callback),
  ],
  [
    'a toJSON that throws',
    'ERR_NOT_SERIALIZABLE',
    (client, callback) => client.track({ ...POISON, properties: { a: { toJSON: thrower } } }, callback),
  ],
  [
    'a getter that throws',
    'ERR_NOT_SERIALIZABLE',
    (client, callback) =>
      client.track(
        { ...POISON, properties: Object.defineProperty({}, 'a', { get: thrower, enumerable: true }) },
        callback,
      ),
  ],
  [
    'a getter that throws, in the context',
    'ERR_NOT_SERIALIZABLE',
    (client, callback) =>
      client.track(
        { ...POISON, context: Object.defineProperty({}, 'a', { get: thrower, enumerable: true }) },
        callback,
      ),
  ],
  [
    'a getter that throws, in the properties of a page with a category',
    'ERR_NOT_SERIALIZABLE',
    (client, callback) =>
      client.page(
        { userId: 'u1', category: 'c', properties: Object.defineProperty({}, 'a', { get: thrower, enumerable: true }) },
        callback,
      ),
  ],
  [
    'an object nested too deep',
    'ERR_NOT_SERIALIZABLE',
    (client, callback) => client.track({ ...POISON, properties: nest(100_000) }, callback),
  ],
  [
    'an event of 40 KB',
    'ERR_EVENT_TOO_LARGE',
    (client, callback) => client.track({ ...POISON, properties: { text: 'x'.repeat(40 * 1024) } }, callback),
  ],
  [
    'an event of 20,000 characters of two bytes',
    'ERR_EVENT_TOO_LARGE',
    (client, callback) => client.track({ ...POISON, properties: { text: 'é'.repeat(20_000) } }, callback),
  ],
]

/** Nine good events with the poison in their midst; every notifier writes to one list. */
async function trackTen(client: Analytics, poison: Poison) {
  const told: { by: string; id: string; reason: unknown }[] = []
  const tell = (by: string, ctx: Context | undefined, reason: unknown) => told.push({ by, id: ctx?.id ?? '', reason })
  client.on('error', ({ ctx, reason }) => tell('error', ctx, reason))
  for (const name of ['track', 'identify', 'page'] as const) client.on(name, (ctx) => tell('success', ctx, undefined))
  const callback = (err?: unknown, ctx?: Context) => void tell('callback', ctx, err)

  const deliveries: PromiseLike<Outcome>[] = []
  for (let index = 0; index < 10; index++) {
    deliveries.push(
      index === 4
        ? poison(client, callback)
        : client.track({ userId: 'u1', event: `${index}`, properties: { index }, messageId: `m-${index}` }, callback),
    )
  }
  const outcomes = await Promise.all(deliveries)
  for (const { messageId, error } of outcomes) told.push({ by: 'delivery', id: messageId, reason: error })
  return { outcomes, told }
}

describe.each(POISONS)('%s among ten events', (_, code, poison) => {
  it('fails alone with its reason, while nine others are delivered, each reported once to every listener', async () => {
    const { outcomes, told } = await trackTen(createClient(collector), poison)

    expect(collector.requests()).toHaveLength(1)
    expect(collector.events().map(({ event }) => [event.event, event.properties])).toEqual(
      [0, 1, 2, 3, 5, 6, 7, 8, 9].map((index) => [`${index}`, { index }]),
    )
    for (const [index, { messageId }] of outcomes.entries()) {
      const own = told.filter((telling) => telling.id === messageId)
      const bad = index === 4
      expect(own.map(({ by }) => by).toSorted()).toEqual(['callback', 'delivery', bad ? 'error' : 'success'])
      // The Delivery has the reason as plain data, callback and emitter the one DeliveryError.
      const reasons = own.map(({ reason }) => reason)
      if (bad) expect(reasons).toMatchObject([{ code }, { code }, { code }])
      else expect(reasons).toEqual([undefined, undefined, undefined])
      const errors = own.filter(({ by }) => by !== 'delivery').map(({ reason }) => reason)
      expect(errors[0]).toBe(errors[1])
      if (bad) expect(errors[0]).toBeInstanceOf(DeliveryError)
    }
    expect(told).toHaveLength(30)
  })
})

it('the reason for an unserializable event has the error of JSON.stringify or of the user as its cause', async () => {
  const client = createClient(collector)
  const [circular, thrown] = await Promise.allSettled([
    client.track({ ...POISON, properties: circle() }).orThrow(),
    client.track({ ...POISON, properties: { toJSON: thrower } }).orThrow(),
  ])
  expect(circular).toHaveProperty('reason.cause', expect.any(TypeError))
  expect(thrown).toHaveProperty('reason.cause', boom)
  expect(collector.requests()).toEqual([])
})

it('changing an object after the call never changes what is sent, at any depth', async () => {
  const client = createClient(collector)
  const when = new Date('2026-01-02T03:04:05.678Z')
  const integrations = { All: true, Vero: { id: 1 } }
  const params = {
    userId: 'u1',
    event: 'before',
    timestamp: when,
    properties: { list: [1, 2], nested: { a: 1 } } as Record<string, unknown>,
    context: { app: { name: 'before' } },
    integrations,
  }
  client.track(params)
  client.page({ ...params, category: 'before' })
  Object.assign(params, { userId: 'changed', event: 'changed' })
  Object.assign(params.properties, { list: params, nested: 1n })
  params.context.app.name = 'changed'
  integrations.Vero.id = 2
  integrations.All = false
  when.setTime(0)

  expect(await client.flush()).toEqual({ delivered: 2, failed: 0 })
  const common = {
    userId: 'u1',
    timestamp: '2026-01-02T03:04:05.678Z',
    context: { app: { name: 'before' } },
    integrations: { All: true, Vero: { id: 1 } },
  }
  expect(collector.events().map(({ event }) => event)).toMatchObject([
    { ...common, event: 'before', properties: { list: [1, 2], nested: { a: 1 } } },
    { ...common, category: 'before', properties: { list: [1, 2], nested: { a: 1 }, category: 'before' } },
  ])
})

it('tracking one object again and again with new values sends each of them', async () => {
  const client = createClient(collector)
  const properties = { index: 0 }
  for (; properties.index < 5; properties.index++) client.track({ userId: 'u1', event: 'A', properties })
  await client.flush()
  expect(collector.events().map(({ event }) => event.properties)).toEqual([0, 1, 2, 3, 4].map((index) => ({ index })))
})

it('delivered and failed always add up to accepted', async () => {
  collector.fail({ requests: [1, 3], status: 404 })
  collector.fail({ requests: [0, 4], status: 503 })
  const client = createClient(collector, { flushAt: 5 })
  const errors = recordErrors(client)
  let successCount = 0
  client.on('track', () => successCount++)
  for (let index = 0; index < 40; index++) {
    client.track({ userId: 'u1', event: `${index}`, properties: index % 7 === 0 ? { id: 1n } : { index } })
  }
  const { delivered, failed } = await client.flush()
  // Six cannot be serialised; of the 34 others, in batches of five and a last one of four, two batches meet a 404.
  expect(delivered + failed).toBe(40)
  expect([delivered, failed]).toEqual([successCount, errors.length])
  expect(receivedNames(collector)).toHaveLength(delivered)
  expect(new Set(receivedNames(collector)).size).toBe(delivered)
  expect(
    errors.filter(({ reason }) => reason instanceof DeliveryError && reason.status === 404).length,
  ).toBeGreaterThan(7)
})
