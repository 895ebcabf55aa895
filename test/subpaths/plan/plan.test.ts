import { Analytics, type SegmentEvent } from 'analytics-edge'
import { definePlan, type PlanDefinition } from 'analytics-edge/plan'
import { createTestAnalytics } from 'analytics-edge/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'

const LIBRARIES = {
  zod: z.object({ total: z.coerce.number(), currency: z.enum(['EUR', 'USD']) }),
  valibot: v.object({
    total: v.pipe(v.unknown(), v.transform(Number), v.number()),
    currency: v.picklist(['EUR', 'USD']),
  }),
  arktype: type({ '+': 'delete', total: 'string.numeric.parse', currency: "'EUR' | 'USD'" }),
}
const GOOD = { total: '42', currency: 'EUR', extra: true } as never
const BAD = { total: '42', currency: 'DM' } as never
const order = (properties: never) => ({ userId: 'u1', event: 'Order Placed', properties }) as never

function setUp(definition: PlanDefinition, settings = {}) {
  return createTestAnalytics({ plan: definePlan(definition), ...settings })
}

describe.each(Object.entries(LIBRARIES))('with a schema of %s', (_, schema) => {
  const events = { 'Order Placed': schema }

  test('sends the output: coerced, and without unknown fields', async () => {
    const { analytics, delivered } = setUp({ events })
    await analytics.track(order(GOOD))
    expect(delivered.map(({ properties }) => properties)).toEqual([{ total: 42, currency: 'EUR' }])
  })

  test('fail: the event fails with the path, and the call does not throw', async () => {
    const { analytics, failed, events: tracked } = setUp({ events })
    expect(await analytics.track(order(BAD))).toMatchObject({
      status: 'failed',
      attempts: 0,
      error: { code: 'ERR_INVALID_EVENT' },
    })
    expect(failed[0]?.reason).toMatchObject({ field: '.properties.currency' })
    expect(failed[0]?.event).toMatchObject({ event: 'Order Placed', properties: BAD })
    expect(tracked).toEqual([])
  })

  test('throw: the call throws with the path, unless invalidEvents is fail', async () => {
    const call = (settings = {}) => setUp({ events, mode: 'throw' }, settings).analytics.track(order(BAD))
    expect(() => call()).toThrow(expect.objectContaining({ code: 'ERR_VALIDATION', field: '.properties.currency' }))
    expect(await call({ invalidEvents: 'fail' })).toMatchObject({ error: { code: 'ERR_INVALID_EVENT' } })
  })

  test('report: the event is sent unchanged, and onProblem is called', async () => {
    const onProblem = vi.fn()
    const { analytics, delivered } = setUp({ events, mode: 'report', onProblem })
    await analytics.track(order(BAD))
    expect(delivered[0]?.properties).toEqual(BAD)
    expect(onProblem).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ field: '.properties.currency' }),
      expect.objectContaining({ event: 'Order Placed' }),
    )
  })

  test('checks traits as well', async () => {
    const { analytics } = setUp({ events: {}, traits: schema, groupTraits: schema })
    const outcomes = await Promise.all([
      analytics.identify({ userId: 'u1', traits: BAD }),
      analytics.group({ userId: 'u1', groupId: 'g1', traits: BAD }),
      analytics.identify({ userId: 'u1', traits: GOOD }),
      analytics.page({ userId: 'u1', properties: BAD }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['failed', 'failed', 'delivered', 'delivered'])
    expect(outcomes[0]?.error?.message).toContain('.traits.currency')
  })
})

describe.each([
  [
    'zod',
    z
      .object({ sku: z.string().refine(async (sku) => sku !== 'gone') })
      .transform(async ({ sku }) => ({ sku: `#${sku}` })),
  ],
  [
    'valibot',
    v.objectAsync({
      sku: v.pipeAsync(
        v.string(),
        v.checkAsync(async (sku) => sku !== 'gone'),
        v.transform((sku) => `#${sku}`),
      ),
    }),
  ],
])('with an asynchronous schema of %s', (_, schema) => {
  const track = (sku: string) => ({ userId: 'u1', event: 'Seen', properties: { sku } })

  test('the event waits for the schema, whose output is sent', async () => {
    const { analytics, delivered } = setUp({ events: { Seen: schema } })
    await analytics.track(track('a'))
    expect(delivered[0]?.properties).toEqual({ sku: '#a' })
  })

  test.each(['fail', 'throw'] as const)('in the mode %s the event fails with the path', async (mode) => {
    const { analytics, failed } = setUp({ events: { Seen: schema }, mode })
    await analytics.track(track('gone'))
    expect(failed[0]?.reason).toMatchObject({ code: 'ERR_INVALID_EVENT', field: '.properties.sku' })
  })

  test('the check runs before all plugins, so it does not restore what they remove', async () => {
    const { analytics, delivered } = setUp({ events: { Seen: schema } })
    analytics.register({
      name: 'p',
      type: 'before',
      track: (ctx) => {
        ctx.updateEvent('properties.sku', undefined)
        return ctx
      },
    })
    await analytics.track(track('a'))
    expect(delivered[0]?.properties).toEqual({})
  })
})

test('plugins do not change what an asynchronous schema has passed through of the call', async () => {
  const schema = z.object({ item: z.any() }).refine(async () => true)
  const { analytics, delivered } = setUp({ events: { Seen: schema } })
  analytics.register({
    name: 'p',
    type: 'before',
    track: (ctx) => {
      ctx.updateEvent('properties.item.sku', 'changed')
      return ctx
    },
  })
  const item = { sku: 'a' }
  await analytics.track({ userId: 'u1', event: 'Seen', properties: { item } })
  expect([item, delivered[0]?.properties]).toEqual([{ sku: 'a' }, { item: { sku: 'changed' } }])
})

test('a schema that never ends fails its event at pluginTimeout, and delays no other', async () => {
  const hanging = { '~standard': { version: 1 as const, vendor: 'test', validate: () => new Promise<never>(() => {}) } }
  const { analytics } = setUp({ events: { Hangs: hanging, Seen: z.object({}) } }, { pluginTimeout: 50 })
  const late = analytics.track({ userId: 'u1', event: 'Hangs' }).orThrow()
  expect(await analytics.track({ userId: 'u1', event: 'Seen' })).toMatchObject({ status: 'delivered' })
  await expect(late).rejects.toMatchObject({ code: 'ERR_PLUGIN' })
})

test('each event may have its own mode', async () => {
  const events = { A: z.object({ a: z.string() }), B: z.object({ b: z.string() }) }
  const { analytics } = setUp({ events, mode: 'report', modes: { A: 'throw' }, onProblem: () => {} })
  expect(() => analytics.track({ userId: 'u1', event: 'A' })).toThrow('.properties.a')
  expect(await analytics.track({ userId: 'u1', event: 'B' })).toMatchObject({ status: 'delivered' })
})

test.each(['Order Plcaed', '__proto__', 'constructor', ''])(
  'an event %j that is not in the plan is a problem',
  async (event) => {
    const { analytics, failed } = setUp({ events: { 'Order Placed': z.object({}) } })
    await analytics.track({ userId: 'u1', event })
    expect(failed[0]?.reason).toMatchObject({ field: '.event', message: expect.stringContaining('is not in the plan') })
  },
)

test.each([
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
  ['returns nothing', () => undefined as never],
  ['returns no object', () => ({ value: 'text' })],
  ['returns an array', () => ({ value: [1] })],
  ['returns a date', () => ({ value: new Date(0) })],
  ['resolves with nothing', async () => undefined as never],
  ['returns an empty list of issues', () => ({ issues: [] })],
])('a schema that %s makes its event fail, or be reported', async (_, validate) => {
  const events = { E: { '~standard': { version: 1 as const, vendor: 'test', validate } } }
  const onProblem = vi.fn()
  const statuses = await Promise.all(
    (['fail', 'report'] as const).map((mode) =>
      setUp({ events, mode, onProblem }).analytics.track({ userId: 'u1', event: 'E' }),
    ),
  )
  expect(statuses.map(({ status }) => status)).toEqual(['failed', 'delivered'])
  expect(onProblem).toHaveBeenCalledOnce()
})

const throwing = (name: string) =>
  Object.defineProperty({}, name, {
    get() {
      throw new Error('mine')
    },
  })

describe.each([
  ['issues that are no array', { issues: { message: 'is bad', path: ['a'] } }, '.properties.a', 'of E is bad'],
  [
    'segments that are objects',
    { issues: [{ message: 'is bad', path: [{ key: 'a' }, { key: 0 }] }] },
    '.properties.a.0',
  ],
  ['a segment that is a symbol', { issues: [{ message: 'is bad', path: [Symbol('a')] }] }, '.properties.Symbol(a)'],
  ['a segment without a key', { issues: [{ message: 'is bad', path: [null, 'a'] }] }, '.properties.null.a'],
  [
    'a segment that is no text',
    { issues: [{ message: 'is bad', path: [Object.create(null)] }] },
    '.properties',
    'failed:',
  ],
  ['a path that is a text', { issues: [{ message: 'is bad', path: 'items.0' }] }, '.properties.items.0', 'of E is bad'],
  ['a path that is a number', { issues: [{ message: 'is bad', path: 0 }] }, '.properties.0', 'of E is bad'],
  ['a path that is null', { issues: [{ message: 'is bad', path: null }] }, '.properties', 'of E is bad'],
  ['a text as issues', { issues: 'is bad' }, '.properties', 'returned no usable result'],
  ['an issue without a message', { issues: [{ path: ['a'] }] }, '.properties.a', 'returned no usable result'],
  ['a message that is a symbol', { issues: [{ message: Symbol('bad') }] }, '.properties', 'failed: TypeError'],
  ['issues that throw', throwing('issues'), '.properties', 'has a schema that failed: mine'],
  ['a value that throws', throwing('value'), '.properties', 'has a schema that failed: mine'],
  ['a then that throws', throwing('then'), '.properties', 'has a schema that failed: mine'],
  ['a path that throws', { issues: [throwing('path')] }, '.properties', 'has a schema that failed: mine'],
  [
    'a segment that throws',
    { issues: [{ message: 'is bad', path: [throwing('key')] }] },
    '.properties',
    'failed: mine',
  ],
])('a schema that returns %s', (_, result, field, message = 'of E is bad') => {
  test.each(['fail', 'report'] as const)('is a problem that reads well in the mode %s', async (mode) => {
    const problems: unknown[] = []
    for (const validate of [() => result, async () => result]) {
      // The cast: it is what no library should return.
      const events = { E: { '~standard': { version: 1 as const, vendor: 'test', validate: validate as never } } }
      const onProblem = (problem: unknown) => problems.push(problem)
      const { analytics, failed, delivered } = setUp({ events, mode, onProblem })
      await analytics.track({ userId: 'u1', event: 'E', properties: { a: 1 } })
      problems.push(...failed.map(({ reason }) => reason))
      expect(delivered.map(({ properties }) => properties)).toEqual(mode === 'report' ? [{ a: 1 }] : [])
    }
    const problem = { code: 'ERR_INVALID_EVENT', field, message: expect.stringContaining(message) }
    expect(problems).toEqual([expect.objectContaining(problem), expect.objectContaining(problem)])
  })
})

test.each([[Symbol('mine')], [Object.create(null)], [undefined]])(
  'a schema that throws or rejects with %o is a problem, and no rejection stays unhandled',
  async (thrown) => {
    const schema = (validate: () => never | Promise<never>) => ({
      '~standard': { version: 1 as const, vendor: 'test', validate },
    })
    const events = {
      Throws: schema(() => {
        throw thrown
      }),
      Rejects: schema(() => Promise.reject(thrown)),
    }
    const { analytics, failed } = setUp({ events })
    for (const event of ['Throws', 'Rejects']) await analytics.track({ userId: 'u1', event })
    expect(failed.map(({ reason }) => reason.code)).toEqual(['ERR_INVALID_EVENT', 'ERR_INVALID_EVENT'])
  },
)

test('in the mode throw, a broken schema throws a ValidationError', () => {
  const validate = () => throwing('issues') as never
  const events = { E: { '~standard': { version: 1 as const, vendor: 'test', validate } } }
  const { analytics } = setUp({ events, mode: 'throw' })
  expect(() => analytics.track({ userId: 'u1', event: 'E' })).toThrow('.properties of E has a schema that failed: mine')
})

test('properties that cannot be read are not blamed on the schema', async () => {
  const { analytics, failed } = setUp({ events: { E: z.looseObject({}) }, mode: 'report' })
  const toJSON = () => {
    throw new Error('mine')
  }
  await analytics.track({ userId: 'u1', event: 'E', properties: { toJSON } })
  expect(failed[0]?.reason).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE' })
})

test('events may be called like any property of an object', async () => {
  const events = { constructor: z.object({ a: z.string() }), ['__proto__']: z.object({ a: z.string() }) }
  const { analytics } = setUp({ events, modes: {} })
  for (const event of ['constructor', '__proto__']) {
    expect(await analytics.track({ userId: 'u1', event })).toMatchObject({ status: 'failed' })
    expect(await analytics.track({ userId: 'u1', event, properties: { a: '1' } })).toMatchObject({
      status: 'delivered',
    })
  }
})

test('a schema does not see what toJSON leaves out', async () => {
  const { analytics, delivered } = setUp({ events: { E: z.looseObject({}) } })
  await analytics.track({ userId: 'u1', event: 'E', properties: { secret: 1, toJSON: () => ({ shown: 1 }) } })
  expect(delivered[0]?.properties).toEqual({ shown: 1 })
})

test('onProblem cannot change the event', async () => {
  const onProblem = vi.fn((_problem: unknown, event: SegmentEvent) =>
    Object.assign(event, { event: 'Other', properties: {} }),
  )
  const { analytics, delivered } = setUp({ events: {}, mode: 'report', onProblem })
  await analytics.track({ userId: 'u1', event: 'E', properties: { a: 1 } })
  expect(onProblem).toHaveBeenCalledOnce()
  expect(delivered).toMatchObject([{ event: 'E', properties: { a: 1 } }])
})

test('a schema may return any thenable', async () => {
  // biome-ignore lint/suspicious/noThenProperty: the subject of the test
  const validate = () => ({ then: (resolve: (result: unknown) => void) => resolve({ value: { a: 2 } }) })
  const events = { E: { '~standard': { version: 1 as const, vendor: 'test', validate: validate as never } } }
  const { analytics, delivered } = setUp({ events })
  await analytics.track({ userId: 'u1', event: 'E' })
  expect(delivered[0]?.properties).toEqual({ a: 2 })
})

test('an error of onProblem affects nothing; without onProblem, each problem is a warning on the console', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  const onProblem = () => {
    throw new Error('mine')
  }
  await setUp({ events: {}, mode: 'report', onProblem }).analytics.track({ userId: 'u1', event: 'A' })
  expect(String(error.mock.calls)).toContain('onProblem threw')
  const { analytics } = setUp({ events: {}, mode: 'report' })
  for (const event of ['A', 'A', 'B']) await analytics.track({ userId: 'u1', event })
  expect(warn.mock.calls.map(String).filter((text) => text.includes('is not in the plan'))).toHaveLength(3)
  vi.restoreAllMocks()
})

test('prebuilt events are not checked', async () => {
  const first = setUp({ events: {} })
  const { analytics, events } = createTestAnalytics()
  analytics.track({ userId: 'u1', event: 'A' })
  expect(await first.analytics.send(events)).toMatchObject([{ status: 'delivered' }])
})

test.each([
  [{ events: { A: {} } }, 'A must be a Standard Schema'],
  [{ events: { A: undefined } }, 'A must be a Standard Schema'],
  [{ events: {}, traits: 1 }, 'traits must be a Standard Schema'],
  [{ events: { A: z.object({}) }, modes: { A: 'off' } }, 'A must be "fail" or "throw" or "report"'],
  [{ events: {}, mode: 'warn' }, 'mode must be "fail" or "throw" or "report"'],
  [{}, 'events must be a plain object'],
  [{ events: new Map([['A', z.object({})]]) }, 'events must be a plain object'],
  [{ events: [z.object({})] }, 'events must be a plain object'],
  [null, 'events must be a plain object'],
  [undefined, 'events must be a plain object'],
  [{ events: { A: { '~standard': { validate: true } } } }, 'events.A must be a Standard Schema'],
  [{ events: { A: { '~standard': {} } } }, 'events.A must be a Standard Schema'],
  [{ events: { A: null } }, 'events.A must be a Standard Schema'],
  [{ events: { A: z.object({}) }, modes: { B: 'throw' } }, 'events.B must be a Standard Schema'],
  [{ events: { A: z.object({}) }, modes: { constructor: 'throw' } }, 'events.constructor must be a Standard Schema'],
  [{ events: { traits: z.object({}) }, traits: {} }, 'traits must be a Standard Schema'],
  [{ events: { groupTraits: z.object({}) }, groupTraits: {} }, 'groupTraits must be a Standard Schema'],
  [{ events: {}, traits: null }, 'traits must be a Standard Schema; it is null'],
  [{ events: {}, onProblem: 'log' }, 'onProblem must be a function; it is of type string'],
])('definePlan(%o) throws', (definition, message) => {
  expect(() => definePlan(definition as never)).toThrow(message)
})

test('a plan that is not a function throws', () => {
  expect(() => new Analytics({ writeKey: 'k', plan: {} as never })).toThrow('plan must be a function')
})
