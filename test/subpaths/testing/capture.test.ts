import { Analytics, createAnalytics } from 'analytics-edge'
import { type LambdaContext, withAnalytics } from 'analytics-edge/lambda'
import { definePlan } from 'analytics-edge/plan'
import {
  assertNotTracked,
  assertTracked,
  captureAnalytics,
  createTestAnalytics,
  type EventCapture,
  toHaveTracked,
} from 'analytics-edge/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'

const EVENT = { userId: 'u1', event: 'Order Placed', properties: { total: 42, at: new Date(0) } }
const UNREACHABLE = { writeKey: 'k', host: 'http://127.0.0.1:9' }
// The cast: the wrapper looks at no more of it.
const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 30_000 } as LambdaContext

const open: EventCapture[] = []
const keep = <Capture extends EventCapture>(capture: Capture): Capture => {
  open.push(capture)
  return capture
}
afterEach(() => {
  vi.useRealTimers()
  for (const capture of open.splice(0)) capture.restore()
})

describe('a capture', () => {
  test('shows an event during the call, as it would be sent', () => {
    const { analytics, events } = keep(createTestAnalytics())
    analytics.track(EVENT)
    expect(events).toMatchObject([
      { type: 'track', event: 'Order Placed', properties: { total: 42, at: '1970-01-01T00:00:00.000Z' } },
    ])
  })

  test('delivers events that its client would hand over, without the queue', async () => {
    const put = vi.fn()
    const { analytics, delivered, settled } = keep(createTestAnalytics({ handOver: { to: { put }, when: 'always' } }))
    analytics.track(EVENT)
    await settled()
    expect(delivered).toHaveLength(1)
    expect(put).not.toHaveBeenCalled()
  })

  test('lists an event that a queue accepts like one that onUndelivered accepts', async () => {
    const put = async (handed: readonly { accept(): void }[]) => {
      for (const { accept } of handed) accept()
    }
    const byQueue = keep(createTestAnalytics({ maxRetries: 0, handOver: { to: { put } } }))
    const byUser = keep(createTestAnalytics({ maxRetries: 0, onUndelivered: () => {} }))
    for (const { analytics, delivered, failed, settled, respond } of [byQueue, byUser]) {
      respond({ status: 500 })
      analytics.track(EVENT)
      await settled()
      expect(delivered).toEqual([])
      expect(failed.map(({ reason }) => reason.code)).toEqual(['ERR_HANDED_OVER'])
    }
  })

  test('drops an event from events if its plan rejects it after the call', async () => {
    const plan = definePlan({
      events: {
        'Order Placed': {
          '~standard': { version: 1, vendor: 'test', validate: async () => ({ issues: [{ message: 'is bad' }] }) },
        },
      },
    })
    const { analytics, events, failed, settled } = keep(createTestAnalytics({ plan }))
    analytics.track({ userId: 'u1', event: 'Order Placed', properties: {} })
    await settled()
    expect(events).toEqual([])
    expect(failed.map(({ reason }) => reason.code)).toEqual(['ERR_INVALID_EVENT'])
  })

  test('takes a minRetryDelay alone', () => {
    expect(() => keep(createTestAnalytics({ minRetryDelay: 100 }))).not.toThrow()
  })

  test('delivers by itself, in one request per tick, even under fake timers, without a timer left', async () => {
    vi.useFakeTimers()
    const { analytics, delivered, requests, settled } = keep(createTestAnalytics())
    analytics.track(EVENT)
    analytics.identify({ userId: 'u1' })
    await settled()
    expect([delivered.length, requests.length, requests[0]?.status]).toEqual([2, 1, 200])
    expect(analytics.pendingCount).toBe(0)
    vi.useRealTimers()
  })

  test('of a client includes its scopes, and no other client', async () => {
    const client = new Analytics(UNREACHABLE)
    const capture = keep(captureAnalytics(client))
    const other = keep(createTestAnalytics())
    other.analytics.track({ userId: 'u1', event: 'Other' })
    await client.scope().run((scope) => void scope.track(EVENT))
    await capture.settled()
    expect(capture.delivered.map(({ event }) => event)).toEqual(['Order Placed'])
  })

  test('of all clients includes those that a wrapper makes from its settings, and an earlier one', async () => {
    const before = new Analytics(UNREACHABLE)
    const handler = withAnalytics({ ...UNREACHABLE }, async (_event, _context, analytics) => {
      analytics.track(EVENT)
    })
    const capture = keep(captureAnalytics())
    await handler({}, context)
    before.track({ userId: 'u1', event: 'Before' })
    await capture.settled()
    expect(capture.delivered.map(({ event }) => event)).toEqual(['Order Placed', 'Before'])
  })

  test('of settings includes the client that a wrapper makes from them, and the one behind a lazy client', async () => {
    const settings = { ...UNREACHABLE }
    const lazy = createAnalytics(() => UNREACHABLE)
    const captures = [keep(captureAnalytics(settings)), keep(captureAnalytics(lazy))]
    await withAnalytics(settings, async (_event, _context, analytics) => void analytics.track(EVENT))({}, context)
    lazy.track(EVENT)
    await Promise.all(captures.map(({ settled }) => settled()))
    expect(captures.map(({ delivered }) => delivered.length)).toEqual([1, 1])
  })

  test.each([() => UNREACHABLE, null, 'key', 1])('rejects %o', (source) => {
    expect(() => captureAnalytics(source as never)).toThrow('source must be a client or settings')
  })

  test('rejects a scope, and names what to capture instead', () => {
    const { analytics } = keep(createTestAnalytics())
    expect(() => captureAnalytics(analytics.scope() as never)).toThrow('source is a scope, and must be a client')
  })

  test.each(['before', 'enrichment'] as const)(
    'has the outcome of an event whose id a plugin changes (%s)',
    async (type) => {
      const { analytics, events, delivered, failed, requests, settled, respond } = keep(createTestAnalytics())
      let count = 0
      analytics.register({
        name: 'p',
        type,
        track: (ctx) => {
          ctx.updateEvent('messageId', `mine-${++count}`)
          return ctx
        },
      })
      respond({ status: 503, times: 1 }, { status: 200, times: 1 }, { status: 400 })
      analytics.track({ ...EVENT, messageId: 'same' })
      analytics.track({ ...EVENT, messageId: 'same' })
      await settled()
      analytics.track(EVENT)
      await settled()
      expect(events.map(({ messageId }) => messageId)).toEqual(['mine-1', 'mine-2', 'mine-3'])
      expect(delivered).toEqual(events.slice(0, 2))
      expect(failed.map(({ event }) => event)).toEqual([events[2]])
      expect(requests[1]?.events[1]).toBe(events[1])
    },
  )

  test('delivers an event that the test has frozen, and shows what plugins have left', async () => {
    const { analytics, events, delivered, settled } = keep(createTestAnalytics())
    analytics.track(EVENT)
    analytics.register({
      name: 'p',
      type: 'enrichment',
      identify: (ctx) => {
        ctx.updateEvent('traits.plan', 'pro')
        return ctx
      },
    })
    analytics.identify({ userId: 'u1' })
    const frozen = events.map((event) => Object.freeze(event))
    await settled()
    expect(delivered).toEqual(events)
    expect(delivered[0]).toBe(frozen[0])
    expect(delivered[1]?.traits).toEqual({ plan: 'pro' })
    expect(frozen[1]?.traits).not.toHaveProperty('plan')
  })

  test('has the outcome although a callback changes the event', async () => {
    const { analytics, delivered, settled } = keep(createTestAnalytics())
    analytics.track(EVENT, (_error, ctx) => {
      if (ctx) ctx.event = Object.freeze({ ...ctx.event, messageId: 'other' })
    })
    await settled()
    expect(delivered).toHaveLength(1)
  })

  test('lists calls after closeAndFlush as failed', async () => {
    const { analytics, events, failed, settled } = keep(createTestAnalytics())
    const capture = keep(captureAnalytics())
    const scope = analytics.scope()
    await analytics.closeAndFlush()
    analytics.track(EVENT)
    scope.track({ userId: 'u1', event: '' })
    await settled()
    expect(events).toEqual([])
    for (const list of [failed, capture.failed]) {
      expect(list.map(({ reason, attempts }) => [reason.code, attempts])).toEqual([
        ['ERR_CLOSED', 0],
        ['ERR_CLOSED', 0],
      ])
      expect(list[0]?.event).toMatchObject({ type: 'track', event: 'Order Placed' })
    }
  })

  test('shows events as plugins left them', async () => {
    const { analytics, events, settled } = keep(createTestAnalytics())
    analytics.register({
      name: 'p',
      type: 'enrichment',
      track: (ctx) => {
        ctx.updateEvent('properties.total', 1)
        return ctx
      },
    })
    analytics.track(EVENT)
    await settled()
    expect(events[0]?.properties).toMatchObject({ total: 1 })
  })

  test('makes no token request for a client with OAuth', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
    const { analytics, delivered } = keep(
      createTestAnalytics({
        oauthSettings: {
          clientId: 'c',
          keyId: 'i',
          clientKey: privateKey,
          httpClient: () => Promise.reject(new Error('a token was asked for')),
        },
      }),
    )
    await analytics.track(EVENT)
    expect(delivered).toHaveLength(1)
  })

  test('ends, and requests go where they went before', async () => {
    const sent: string[] = []
    const client = new Analytics({
      ...UNREACHABLE,
      httpClient: async (url) => {
        sent.push(url)
        return { status: 200, statusText: '' }
      },
    })
    const capture = captureAnalytics(client)
    await client.track(EVENT)
    capture.restore()
    await client.track(EVENT)
    expect([capture.events.length, sent.length]).toEqual([1, 1])
    expect(Reflect.has(globalThis, Symbol.for('analytics-edge.capture'))).toBe(false)
  })

  test('lists invalid events as failed, with their field, and not as tracked', async () => {
    const { analytics, events, failed, settled } = keep(createTestAnalytics())
    analytics.track({ userId: '', event: 'E' })
    await settled()
    expect(events).toEqual([])
    expect(failed.map(({ reason }) => reason.code)).toEqual(['ERR_INVALID_EVENT'])
  })
})

describe('answers on demand', () => {
  test('retries: two 503s, then delivery', async () => {
    const { analytics, respond, requests } = keep(createTestAnalytics())
    respond({ status: 503, times: 2 })
    expect(await analytics.track(EVENT)).toMatchObject({ status: 'delivered', attempts: 3 })
    expect(requests.map(({ status }) => status)).toEqual([503, 503, 200])
  })

  test('failures: with a reason, and passed to onUndelivered', async () => {
    const undelivered: string[] = []
    const { analytics, respond, failed } = keep(
      createTestAnalytics({
        maxRetries: 0,
        onUndelivered: (events) => void undelivered.push(...events.map(({ type }) => type)),
      }),
    )
    respond({ error: new Error('socket hang up') })
    await analytics.track(EVENT)
    expect(undelivered).toEqual(['track'])
    expect(failed[0]?.reason.code).toBe('ERR_HANDED_OVER')
    respond()
    expect(await analytics.track(EVENT)).toMatchObject({ status: 'delivered' })
  })

  test("slowness: measured by the test's clock", async () => {
    vi.useFakeTimers()
    const { analytics, respond, delivered, settled } = keep(createTestAnalytics())
    respond({ delay: 3_000 })
    analytics.track(EVENT)
    await vi.advanceTimersByTimeAsync(2_900)
    expect(delivered).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    await settled()
    expect(delivered).toHaveLength(1)
  })

  test('a hanging request ends with the capture', async () => {
    const { analytics, respond, restore } = createTestAnalytics()
    respond({ delay: Number.POSITIVE_INFINITY })
    const delivery = analytics.track(EVENT).orThrow()
    await Promise.resolve()
    setTimeout(restore, 20)
    expect(await delivery).toMatchObject({ status: 'delivered' })
  })

  test.each([
    [{ status: 99 }, 'status'],
    [{ delay: -1 }, 'delay'],
    [{ times: 0 }, 'times'],
    [{ error: 'no' as never }, 'error'],
    [{ stauts: 1 } as never, 'stauts'],
  ])('%o is rejected', (answer, field) => {
    expect(() => keep(createTestAnalytics()).respond(answer)).toThrow(field)
  })
})

describe('waitFor', () => {
  test('resolves with an event tracked earlier or later', async () => {
    const { analytics, waitFor } = keep(createTestAnalytics())
    const later = waitFor({ type: 'identify', traits: { plan: 'pro' } })
    analytics.track(EVENT)
    expect(await waitFor('Order Placed')).toMatchObject({ properties: { total: 42 } })
    analytics.identify({ userId: 'u1', traits: { plan: 'pro' } })
    expect(await later).toMatchObject({ userId: 'u1' })
  })

  test('rejects with what was tracked instead', async () => {
    const { analytics, waitFor } = keep(createTestAnalytics())
    analytics.track(EVENT)
    await expect(waitFor('Order Shipped', { timeout: 30 })).rejects.toThrow(
      'after 30 ms, no event matches "Order Shipped". Tracked so far:\n- track "Order Placed": event is "Order Placed", not "Order Shipped"',
    )
  })

  test('rejects with the error of a matching function', async () => {
    const { analytics, waitFor } = keep(createTestAnalytics())
    analytics.track(EVENT)
    const match = () => {
      throw new Error('mine')
    }
    await expect(waitFor(match)).rejects.toThrow('mine')
  })
})

test('two events with one id stay separate', async () => {
  const { analytics, events, delivered, settled } = keep(createTestAnalytics())
  for (const event of ['A', 'B']) analytics.track({ userId: 'u1', event, messageId: 'same' })
  await settled()
  expect(events.map(({ event }) => event)).toEqual(['A', 'B'])
  expect(delivered.map(({ event }) => event)).toEqual(['A', 'B'])
})

test.each([503, null, 'down', [503]])('respond(%j) throws', (answer) => {
  expect(() => keep(createTestAnalytics()).respond(answer as never)).toThrow('respond takes objects')
})

describe('matchers', () => {
  test.each([
    /E/,
    new Set([1]),
    new Map(),
    () => true,
    new Error('boom'),
    Promise.resolve(),
    new WeakMap(),
    Object(42),
    Object('text'),
    1n,
    Symbol('s'),
    [[new Set()]],
  ])('reject %o in place of a value, since nothing would match', (value) => {
    const { analytics, events } = keep(createTestAnalytics())
    const match = { properties: { total: value } } as never
    // Before the first event as well, and if the event has no such field.
    expect(() => assertNotTracked(events, match)).toThrow('properties.total')
    analytics.identify({ userId: 'u1' })
    expect(() => assertNotTracked(events, match)).toThrow('cannot be matched')
    expect(() => assertTracked(events, match)).toThrow('cannot be matched')
  })

  test.each([undefined, null, 5, ['Order Placed'], 1n, Symbol('s')])('reject %o in place of a match', async (match) => {
    const { events, waitFor } = keep(createTestAnalytics())
    expect(() => assertNotTracked(events, match as never)).toThrow('the match must be the name of an event')
    await expect(waitFor(match as never)).rejects.toThrow('the match must be the name of an event')
  })

  test('read values as JSON has them, and own fields alone', () => {
    const { analytics, events } = keep(createTestAnalytics())
    analytics.track({ ...EVENT, properties: { zero: -0, none: Number.NaN, list: [undefined] } })
    assertTracked(events, { properties: { zero: -0, none: Number.NaN, list: [undefined] } })
    assertTracked(events, { properties: { missing: undefined } })
    assertNotTracked(events, { properties: { toString: 'x' } })
    expect(() => assertTracked(events, { properties: { toString: {} } } as never)).toThrow('properties.toString')
  })

  test('reject a function or an asymmetric matcher that returns a promise, since it would always match', () => {
    const { analytics, events } = keep(createTestAnalytics())
    analytics.track(EVENT)
    expect(() => assertTracked(events, (async () => false) as never)).toThrow('not a promise')
    const total = { asymmetricMatch: async () => false }
    expect(() => assertTracked(events, { properties: { total } })).toThrow('not a promise')
  })

  test('accept a name, a part of an event, asymmetric matchers, or a function', () => {
    const { analytics, events } = keep(createTestAnalytics())
    analytics.track(EVENT)
    expect(assertTracked(events, 'Order Placed')).toBe(events[0])
    assertTracked(events, { properties: { total: expect.any(Number), at: new Date(0) } })
    // As the types of `@jest/globals` have it.
    const matcher: { asymmetricMatch(actual: unknown): boolean } = expect.any(String)
    assertTracked(events, { userId: matcher, timestamp: matcher, context: { library: { name: matcher } } })
    assertTracked(events, expect.objectContaining({ userId: 'u1' }) as typeof matcher)
    assertTracked(events, ({ userId }) => userId === 'u1')
    assertNotTracked(events, { properties: { total: 41 } })
    expect(() => assertNotTracked(events, 'Order Placed')).toThrow('an event matches "Order Placed"')
    expect(() => assertTracked(events, { properties: { total: 41 } })).toThrow('properties.total is 42, not 41')
    expect(() => assertTracked([], 'A')).toThrow('nothing was tracked')
    expect(() => assertTracked({} as never, 'A')).toThrow('the source must be a capture')
  })

  test('extend expect with toHaveTracked', () => {
    expect.extend({ toHaveTracked })
    const capture = keep(createTestAnalytics())
    capture.analytics.track(EVENT)
    // The cast: types of a matcher are the program's own matter.
    const matchers = (not = false) => {
      const all = expect(capture) as unknown as {
        toHaveTracked(match: string): void
        not: { toHaveTracked(match: string): void }
      }
      return not ? all.not : all
    }
    matchers().toHaveTracked('Order Placed')
    matchers(true).toHaveTracked('Order Shipped')
    expect(() => matchers().toHaveTracked('Order Shipped')).toThrow('no event matches "Order Shipped"')
    expect(() => matchers(true).toHaveTracked('Order Placed')).toThrow('an event matches "Order Placed"')
  })
})

test('a snapshot is the same each time', () => {
  const take = () => {
    const { analytics, snapshot } = keep(createTestAnalytics())
    analytics.track({ ...EVENT, messageId: 'mine' })
    analytics.identify({ userId: 'u1', timestamp: '2001-01-01T00:00:00.000Z' })
    return snapshot()
  }
  expect(take()).toEqual(take())
  expect(take()).toMatchObject([
    { messageId: 'mine', timestamp: '2020-01-01T00:00:00.000Z', context: { library: { name: 'analytics-edge' } } },
    { messageId: 'message-2', timestamp: '2001-01-01T00:00:00.000Z' },
  ])
  expect(JSON.stringify(take())).not.toContain('_metadata')
})
