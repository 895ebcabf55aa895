import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  Analytics,
  type AnalyticsSettings,
  type Context,
  DeliveryError,
  type HTTPFetchFn,
  type HTTPResponse,
  type Outcome,
  type TrackParams,
} from '../../../src/index.ts'
import { rest } from '../../support/client.ts'
import { openServer } from '../../support/retries.ts'

const server = await openServer()
const NEIGHBOUR_COUNT = 5

const unhandled: unknown[] = []
const noteUnhandled = (reason: unknown) => unhandled.push(reason)
process.on('unhandledRejection', noteUnhandled)
process.on('uncaughtException', noteUnhandled)
afterAll(() => {
  process.off('unhandledRejection', noteUnhandled)
  process.off('uncaughtException', noteUnhandled)
})
// What these programs do wrong is reported there.
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(async () => {
  vi.restoreAllMocks()
  // Node reports a rejection at the end of the turn.
  await rest(5)
  expect(unhandled.splice(0)).toEqual([])
})

const boom = new Error('boom')

const thrower = (): never => {
  throw boom
}

function createClient(settings: Partial<AnalyticsSettings> = {}): Analytics {
  return new Analytics({ writeKey: 'wk_contain', host: server.url, maxRetries: 0, flushInterval: 60_000, ...settings })
}

/** Tracks neighbours; returns how often each of them was reported, and its outcomes. */
function trackNeighbours(client: Pick<Analytics, 'track'>) {
  const reports = Array.from({ length: NEIGHBOUR_COUNT }, () => 0)
  const outcomes: Outcome[] = []
  for (const index of reports.keys()) {
    const delivery = client.track({ userId: 'u1', event: `neighbour ${index}` }, () => {
      reports[index] = Number(reports[index]) + 1
    })
    delivery.then((outcome) => outcomes.push(outcome))
  }
  return { reports, outcomes }
}

const EACH_ONCE = Array.from({ length: NEIGHBOUR_COUNT }, () => 1)

describe.each(['newest', 'oldest'] as const)('a full queue with failWhenFull: %s', (failWhenFull) => {
  it.each(['listener', 'callback'])('gives each event one outcome if a %s immediately tracks another', async (via) => {
    // Nothing is delivered while events still fail for want of room: else it would depend on the time how many do.
    let accept = () => {}
    const accepting = new Promise<void>((resolve) => {
      accept = resolve
    })
    server.answer((_, response) => void accepting.then(() => response.end('{}')))
    // So many that calls which called each other would overflow the stack.
    const maxQueueSize = failWhenFull === 'oldest' ? 5000 : 10
    const client = createClient({ maxQueueSize, failWhenFull })
    const reports: number[] = []
    let isTrackingAgain = true
    let errorCount = 0
    let failedCount = 0
    const track = () => {
      const index = reports.push(0) - 1
      client.track({ userId: 'u1', event: `${index}` }, (error) => {
        reports[index] = Number(reports[index]) + 1
        if (error) failedCount++
        if (error && isTrackingAgain && via === 'callback') track()
      })
    }
    client.on('error', () => {
      errorCount++
      if (isTrackingAgain && via === 'listener') track()
    })
    for (let index = 0; index <= maxQueueSize; index++) track()
    expect(reports.length).toBeGreaterThan(maxQueueSize + 1)
    await rest(20)
    isTrackingAgain = false
    accept()
    const { delivered } = await client.flush({ timeout: 30_000 })
    await vi.waitUntil(() => client.pendingCount === 0, { timeout: 10_000 })
    expect(new Set(reports)).toEqual(new Set([1]))
    expect(errorCount).toBe(failedCount)
    expect(delivered).toBe(maxQueueSize)
    expect(new Set(server.names()).size).toBe(maxQueueSize)
    expect(console.error).not.toHaveBeenCalled()
  })
})

describe('an onUndelivered that tracks', () => {
  it.each([100, 3])('gives each event one outcome, with room for %i events', async (maxQueueSize) => {
    server.answer(({ events }, response) => {
      response.writeHead(events.some(({ event }) => event === 'again') ? 200 : 404).end('{}')
    })
    const reports = new Map<string, unknown[]>()
    const track = (name: string, event: string) => {
      reports.set(name, [])
      client.track(
        { userId: 'u1', event },
        (error) => void reports.get(name)?.push(error instanceof DeliveryError ? error.code : 'delivered'),
      )
    }
    const client = createClient({
      maxQueueSize,
      onUndelivered: (events) => {
        for (const { event } of events) track(`again ${event}`, 'again')
      },
    })
    for (const name of ['0', '1', '2']) track(name, name)
    expect(await client.flush({ timeout: 10_000 })).toEqual({ delivered: 0, failed: 0, handedOver: 3 })
    await client.flush({ timeout: 10_000 })
    await vi.waitUntil(() => client.pendingCount === 0, { timeout: 10_000 })
    const again = maxQueueSize === 3 ? ['ERR_QUEUE_FULL'] : ['delivered']
    expect(Object.fromEntries(reports)).toEqual({
      0: ['ERR_HANDED_OVER'],
      1: ['ERR_HANDED_OVER'],
      2: ['ERR_HANDED_OVER'],
      'again 0': again,
      'again 1': again,
      'again 2': again,
    })
  })
})

// Casts throughout: programs in JavaScript do what no type allows.
const misdeeds: [string, (ctx: Context) => unknown][] = [
  ['throws', thrower],
  ['rejects', () => Promise.reject(boom)],
  ['throws nothing', () => Promise.reject()],
  ['clears ctx.event', (ctx) => void Object.assign(ctx, { event: undefined })],
  ['makes ctx.event a getter that throws', (ctx) => void Object.defineProperty(ctx, 'event', { get: thrower })],
  ['deletes ctx.event.type', (ctx) => void Reflect.deleteProperty(ctx.event, 'type')],
  [
    'empties ctx.event',
    (ctx) => {
      for (const name of Object.keys(ctx.event)) Reflect.deleteProperty(ctx.event, name)
    },
  ],
  ['freezes ctx', (ctx) => void Object.freeze(ctx)],
  [
    'returns a thenable whose then() returns 5',
    () =>
      thenable((resolve) => {
        resolve()
        return 5
      }),
  ],
  [
    'returns a thenable that resolves twice and rejects',
    () =>
      thenable((resolve, reject) => {
        resolve()
        resolve()
        reject(boom)
      }),
  ],
  ['returns a thenable that rejects', () => thenable((_, reject) => reject(boom))],
  ['returns a thenable that throws', () => thenable(thrower)],
  ['returns an object whose then throws', () => Object.defineProperty({}, 'then', { get: thrower })],
]

function thenable(then: (resolve: (value?: unknown) => void, reject: (reason: unknown) => void) => unknown): object {
  return { then }
}

describe.each([
  ['delivered', 200],
  ['failed', 404],
] as const)('for events that are %s', (outcome, status) => {
  const expected = outcome === 'delivered' ? { delivered: 6, failed: 0 } : { delivered: 0, failed: 6 }

  it.each(misdeeds)('a callback that %s affects neither its caller nor other events', async (_, misbehave) => {
    server.answer((_, response) => void response.writeHead(status).end('{}'))
    const client = createClient()
    const listener = vi.fn()
    client.on(outcome === 'delivered' ? 'track' : 'error', listener)
    const bad = client.track({ userId: 'u1', event: 'bad' }, (_, ctx) => misbehave(ctx as Context) as undefined)
    const { reports, outcomes } = trackNeighbours(client)
    expect(await client.flush({ timeout: 10_000 })).toEqual(expected)
    expect((await bad).status).toBe(outcome)
    expect(reports).toEqual(EACH_ONCE)
    expect(new Set(outcomes.map((each) => each.status))).toEqual(new Set([outcome]))
    expect(listener).toHaveBeenCalledTimes(6)
    expect(client.pendingCount).toBe(0)
  })

  it.each(misdeeds)('a listener that %s affects neither its caller nor other events', async (_, misbehave) => {
    server.answer((_, response) => void response.writeHead(status).end('{}'))
    const client = createClient()
    const listener = vi.fn()
    if (outcome === 'delivered') client.on('track', misbehave).on('track', listener)
    else client.on('error', ({ ctx }) => misbehave(ctx)).on('error', listener)
    const { reports } = trackNeighbours(client)
    const delivery = client.track({ userId: 'u1', event: 'last' })
    expect(await client.flush({ timeout: 10_000 })).toEqual(expected)
    expect((await delivery).status).toBe(outcome)
    expect(reports).toEqual(EACH_ONCE)
    expect(listener).toHaveBeenCalledTimes(6)
  })
})

describe('a callback that never ends', () => {
  it('is abandoned with the flush, while other events are reported at once', async () => {
    const client = createClient()
    client.track({ userId: 'u1', event: 'bad' }, () => new Promise<void>(() => {}))
    const { reports } = trackNeighbours(client)
    expect(await client.flush({ timeout: 1000 })).toEqual({ delivered: 6, failed: 0 })
    expect(reports).toEqual(EACH_ONCE)
  })
})

describe('an HTTP client whose response', () => {
  it.each<[string, () => unknown]>([
    ['has a statusText without a prototype', () => ({ status: 500, statusText: Object.create(null) })],
    ['has headers without a prototype', () => ({ status: 500, statusText: '', headers: Object.create(null) })],
    [
      'has a text() without a prototype',
      () => ({ status: 500, statusText: '', text: async () => Object.create(null) }),
    ],
    ['is a proxy that throws', () => new Proxy({}, { get: thrower })],
    [
      'is a thenable whose then() returns 5',
      () =>
        thenable((resolve) => {
          resolve({ status: 500 })
          return 5
        }),
    ],
    ['is a rejection without a prototype', () => Promise.reject(Object.create(null))],
    ['is a rejection that cannot be read', () => Promise.reject(new Proxy(boom, { get: thrower }))],
    [
      'is a rejection whose response cannot be read',
      () => Promise.reject(Object.defineProperty({}, 'response', { get: thrower })),
    ],
  ])('%s causes one failed attempt for each event', async (_, respond) => {
    const httpClient = vi.fn<HTTPFetchFn>(() => respond() as Promise<HTTPResponse>)
    const client = createClient({ httpClient })
    const { reports, outcomes } = trackNeighbours(client)
    expect(await client.flush({ timeout: 10_000 })).toEqual({ delivered: 0, failed: NEIGHBOUR_COUNT })
    expect(httpClient).toHaveBeenCalledTimes(1)
    expect(reports).toEqual(EACH_ONCE)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'failed', attempts: 1 })
  })
})

describe('a console', () => {
  it.each<[string, () => void]>([
    [
      'throws',
      () => {
        vi.spyOn(console, 'warn').mockImplementation(thrower)
        vi.spyOn(console, 'error').mockImplementation(thrower)
      },
    ],
    ['is missing', () => void vi.stubGlobal('console', undefined)],
  ])('that %s breaks nothing', async (_, spoil) => {
    server.answer((_, response) => void response.writeHead(404).end('{}'))
    const client = createClient()
    client.on('error', thrower)
    spoil()
    try {
      client.track({ userId: 'u1', event: 'bad' }, thrower)
      const { reports } = trackNeighbours(client)
      expect(await client.flush({ timeout: 10_000 })).toEqual({ delivered: 0, failed: 6 })
      const quiet = createClient()
      // Nobody handles it, so that the warning is given.
      quiet.track({ userId: 'u1', event: 'unhandled' })
      expect(await quiet.flush({ timeout: 10_000 })).toEqual({ delivered: 0, failed: 1 })
      await rest(5)
      expect(reports).toEqual(EACH_ONCE)
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('unreadable params', () => {
  const good = { userId: 'u1', event: 'bad' }
  const withGetter = (name: string) => Object.defineProperty({ ...good }, name, { get: thrower, enumerable: true })
  it.each<[string, () => object]>([
    ...['userId', 'anonymousId', 'event', 'properties', 'context', 'integrations', 'timestamp', 'messageId'].map(
      (name): [string, () => object] => [`a getter of ${name} that throws`, () => withGetter(name)],
    ),
    ['a getter among the properties', () => ({ ...good, properties: withGetter('price') })],
    ['a getter deep in the context', () => ({ ...good, context: { page: { more: withGetter('url') } } })],
    ['a toJSON that throws', () => ({ ...good, properties: { product: { toJSON: thrower } } })],
    ['a proxy that throws', () => new Proxy(good, { get: thrower })],
  ])('fail only their own event, without throwing: %s', async (_, createParams) => {
    const client = createClient().on('error', () => {})
    const callback = vi.fn()
    // A cast: the caller believed that they were params.
    const delivery = client.track(createParams() as TrackParams, callback)
    const { reports } = trackNeighbours(client)
    expect(await client.flush({ timeout: 10_000 })).toEqual({ delivered: NEIGHBOUR_COUNT, failed: 1 })
    expect(await delivery).toMatchObject({ status: 'failed', error: { code: 'ERR_NOT_SERIALIZABLE' } })
    expect(callback).toHaveBeenCalledTimes(1)
    expect(reports).toEqual(EACH_ONCE)
  })
})

describe('a waitUntil', () => {
  it.each<[string, () => unknown]>([
    ['throws', thrower],
    ['rejects', () => Promise.reject(boom)],
    ['returns a thenable that throws', () => thenable(thrower)],
  ])('that %s affects neither its caller nor delivery', async (_, misbehave) => {
    const client = createClient()
    const scope = client.scope({ waitUntil: () => misbehave() as undefined })
    const { reports } = trackNeighbours(scope)
    expect(await scope.flush({ timeout: 10_000 })).toEqual({ delivered: NEIGHBOUR_COUNT, failed: 0 })
    expect(reports).toEqual(EACH_ONCE)
    expect(console.error).toHaveBeenCalledWith(expect.stringContaining('waitUntil'))
  })
})
