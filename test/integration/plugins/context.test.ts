import { describe, expect, test } from 'vitest'
import { Context, ContextCancelation, type SegmentEvent } from '../../../src/index.ts'

const createEvent = (): SegmentEvent => ({
  type: 'track',
  messageId: 'm1',
  timestamp: new Date(0),
  event: 'E',
  properties: { price: 5, items: [{ name: 'Book' }], nothing: null },
  context: { library: { name: 'l', version: '1' } },
  integrations: { Off: false, On: true },
  _metadata: { jsRuntime: 'node' },
})

describe('updateEvent', () => {
  test.each<[path: string, value: unknown, expected: object]>([
    ['event', 'Other', { event: 'Other' }],
    ['properties.price', 6, { properties: { price: 6, items: [{ name: 'Book' }], nothing: null } }],
    ['traits.custom.deep', 1, { traits: { custom: { deep: 1 } } }],
    ['properties.nothing.was', 'here', { properties: { nothing: { was: 'here' } } }],
    ['properties.items.0.name', 'Pen', { properties: { items: [{ name: 'Pen' }] } }],
    ['properties.items.1', 'new', { properties: { items: [{ name: 'Book' }, 'new'] } }],
    ['properties.list.0.name', 'first', { properties: { list: [{ name: 'first' }] } }],
    ['integrations.New', { id: 1 }, { integrations: { Off: false, On: true, New: { id: 1 } } }],
    ['integrations.On', false, { integrations: { Off: false, On: false } }],
    ['integrations.Off', true, { integrations: { Off: false, On: true } }],
    ['integrations.Off.id', 1, { integrations: { Off: false, On: true } }],
  ])('%s', (path, value, expected) => {
    const ctx = new Context(createEvent())
    expect(ctx.updateEvent(path, value)).toBe(ctx.event)
    expect(ctx.event).toMatchObject(expected)
  })

  test.each([
    '__proto__.polluted',
    'properties.__proto__.polluted',
    'constructor.prototype.polluted',
    'traits.constructor.prototype.polluted',
    'properties.items.__proto__.polluted',
  ])('%s changes nothing, least of all a prototype', (path) => {
    const ctx = new Context(createEvent())
    ctx.updateEvent(path, 'yes')
    expect(ctx.event).toEqual(createEvent())
    for (const innocent of [{}, [], () => {}]) expect((innocent as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test("copies what it changes, so that the caller's event stays unchanged", () => {
    const event = createEvent()
    const ctx = new Context(event)
    ctx.updateEvent('properties.items.0.name', 'Pen')
    ctx.updateEvent('context.ip', '192.0.2.1')
    expect(event).toEqual(createEvent())
  })
})

describe('a context', () => {
  test('has its messageId, its given id, or an id of its own', () => {
    expect(new Context(createEvent()).id).toBe('m1')
    expect(new Context(createEvent(), 'own').id).toBe('own')
    const bare = new Context({ type: 'track', event: 'E' })
    expect(bare.id).toMatch(/^[\da-f-]{36}$/)
    expect(bare.id).toBe(bare.id)
  })

  test('compares ids in isSame', () => {
    expect(new Context(createEvent()).isSame(new Context(createEvent()))).toBe(true)
    expect(new Context(createEvent()).isSame(new Context(createEvent(), 'own'))).toBe(false)
  })

  test('throws its argument in cancel, or a ContextCancelation', () => {
    const error = new Error('mine')
    expect(() => new Context(createEvent()).cancel(error)).toThrow(error)
    try {
      new Context(createEvent()).cancel()
      expect.unreachable()
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(ContextCancelation)
      expect(thrown).toMatchObject({ reason: 'Context Cancel', type: 'plugin Error', retry: true })
    }
    const own = new ContextCancelation({ reason: 'why', type: 'mine', retry: false })
    expect(() => new Context(createEvent()).cancel(own)).toThrow(own)
  })

  test('keeps logs in order, with their times', () => {
    const ctx = new Context(createEvent())
    expect(ctx.logs()).toEqual([])
    ctx.log('info', 'one')
    ctx.log('warn', 'two', { detail: 1 })
    expect(ctx.logs()).toEqual([
      { level: 'info', message: 'one', time: expect.any(Date), extras: undefined },
      { level: 'warn', message: 'two', time: expect.any(Date), extras: { detail: 1 } },
    ])
  })

  test('keeps its failure, and the number of requests that carried it', () => {
    const ctx = new Context(createEvent())
    expect([ctx.failedDelivery(), ctx.attempts]).toEqual([undefined, 0])
    const failure = { reason: new Error('no') }
    ctx.setFailedDelivery(failure)
    expect(ctx.failedDelivery()).toEqual(failure)
  })

  test('accepts metrics, which it discards', () => {
    const { stats } = new Context(createEvent())
    stats.increment('count', 1, ['tag'])
    stats.gauge('gauge', 1)
    stats.flush()
    expect([stats.metrics, stats.serialize()]).toEqual([[], []])
  })

  test('serializes to JSON like the reference', () => {
    const ctx = new Context(createEvent(), 'own')
    ctx.log('info', 'one')
    expect(JSON.parse(JSON.stringify(ctx))).toMatchObject({
      id: 'own',
      event: { event: 'E' },
      logs: [{ level: 'info', message: 'one' }],
      metrics: [],
    })
  })

  test('of the system belongs to no event, and is new each time', () => {
    const system = Context.system()
    expect(system.event).toMatchObject({ type: 'track', event: 'system' })
    expect(system.isSame(Context.system())).toBe(false)
  })
})
