import { describe, expect, test, vi } from 'vitest'
import { type Context, DeliveryError, type Plugin, type SegmentEvent } from '../../../src/index.ts'
import { createClient, NEVER_MS, openCollector, receivedNames, recordErrors, trackMany } from '../../support/client.ts'
import { createPlugin, mark, settle, trackWithContext } from '../../support/plugins.ts'

const collector = await openCollector()
const cause = new Error('from the plugin')

/** Fails for events that are called 'Bad'. */
const failing = (name: string, type: Plugin['type'], fail: (ctx: Context) => unknown): Plugin =>
  // The cast is the point: a plugin in JavaScript may answer with anything.
  createPlugin(name, type, (ctx) => (ctx.event.event === 'Bad' ? (fail(ctx) as Context) : ctx))

const throwing = () => {
  throw cause
}

describe('a before plugin stops only its own event', () => {
  test.each<[how: string, fail: (ctx: Context) => unknown, reason: object]>([
    ['by throwing', throwing, { cause }],
    ['by rejecting', () => Promise.reject(cause), { cause }],
    ['by cancel()', (ctx) => ctx.cancel(), { cause: { reason: 'Context Cancel' } }],
    ['by cancel(error)', (ctx) => ctx.cancel(cause), { cause }],
    ['by answering nothing', () => undefined, {}],
    ['by answering null, late', async () => null, {}],
    ['by answering something else', () => ({}), {}],
    ['by throwing nothing', () => Promise.reject(undefined), {}],
    [
      'by leaving no event',
      (ctx) => {
        ctx.event = null as unknown as SegmentEvent
        return ctx
      },
      {},
    ],
  ])('%s', async (_how, fail, reason) => {
    const client = createClient(collector)
    const errors = recordErrors(client)
    await client.register(failing('guard', 'before', fail), createPlugin('next', 'enrichment', mark('next')))
    const reported: unknown[] = []
    client.track({ userId: 'u1', event: 'One' })
    const bad = client.track({ userId: 'u1', event: 'Bad' }, (error) => reported.push(error))
    client.track({ userId: 'u1', event: 'Two' })
    await expect.poll(() => reported).toHaveLength(1)
    // At once: nothing was flushed, and nothing was sent.
    expect(collector.requests()).toEqual([])
    expect(client.pendingCount).toBe(2)
    expect(errors).toMatchObject([{ code: 'delivery_failure', reason: { code: 'ERR_PLUGIN', ...reason } }])
    expect(reported).toEqual([errors[0]?.reason])
    expect(errors[0]?.reason).toBeInstanceOf(DeliveryError)
    await expect(bad.orThrow()).rejects.toBe(reported[0])
    const ctx = errors[0]?.ctx
    expect(ctx?.event.event).toBe('Bad')
    expect(ctx?.logs()).toContainEqual(
      expect.objectContaining({ level: 'error', extras: expect.objectContaining({ plugin: 'guard' }) }),
    )
    await client.flush()
    expect(receivedNames(collector)).toEqual(['One', 'Two'])
  })

  test('and later plugins, destinations and after plugins included, never see it', async () => {
    const client = createClient(collector)
    client.on('error', () => {})
    const seen: unknown[] = []
    const noting = (name: string, type: Plugin['type']) =>
      createPlugin(name, type, (ctx) => {
        seen.push([name, ctx.event.event])
        return ctx
      })
    await client.register(
      failing('guard', 'before', throwing),
      noting('b', 'before'),
      noting('e', 'enrichment'),
      noting('d', 'destination'),
      noting('a', 'after'),
    )
    await client.track({ userId: 'u1', event: 'Bad' })
    expect(seen).toEqual([])
  })
})

describe('an error of any other plugin is logged on the context, and the event continues:', () => {
  test.each(
    (['enrichment', 'destination', 'after'] as const).flatMap((type) => [
      [type, 'that throws', throwing] as const,
      [type, 'that rejects', () => Promise.reject(cause)] as const,
    ]),
  )('%s %s', async (type, _how, fail) => {
    const client = createClient(collector)
    const errors = recordErrors(client)
    await client.register(
      failing('weak', type, fail),
      createPlugin('next', type, (ctx) => ctx),
    )
    const { outcome, ctx } = await trackWithContext(client, 'Bad')
    expect(outcome.status).toBe('delivered')
    expect(ctx?.failedDelivery()).toBeUndefined()
    expect(receivedNames(collector)).toEqual(['Bad'])
    expect(ctx?.logs().filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'plugin Error', extras: { plugin: 'weak', error: cause } },
    ])
    expect(ctx?.logs().filter(({ level }) => level === 'debug')).toMatchObject([
      { extras: { plugin: 'weak' } },
      { extras: { plugin: 'next' } },
    ])
    expect(errors).toEqual([])
  })

  test.each([
    ['nothing', () => undefined],
    ['null', () => null],
    ['something else, late', async () => 5],
  ])('enrichment that returns %s keeps its changes', async (_what, answer) => {
    const client = createClient(collector)
    await client.register(
      failing('vague', 'enrichment', (ctx) => {
        ctx.updateEvent('properties.vague', true)
        return answer()
      }),
    )
    await client.track({ userId: 'u1', event: 'Bad' })
    expect(collector.events()[0]?.event.properties).toEqual({ vague: true })
  })

  test('enrichment that removes the event counts as one that throws', async () => {
    const client = createClient(collector)
    await client.register(
      failing('broken', 'enrichment', (ctx) => {
        ctx.event = undefined as unknown as SegmentEvent
        return ctx
      }),
      createPlugin('next', 'enrichment', mark('next')),
    )
    const { ctx } = await trackWithContext(client, 'Bad')
    expect(collector.events()[0]?.event).toMatchObject({ event: 'Bad', properties: { seen: ['next'] } })
    expect(ctx?.logs()).toMatchObject([{}, { level: 'error', extras: { plugin: 'broken' } }, {}])
  })

  test('enrichment that erases the context does not erase what the SDK adds', async () => {
    const client = createClient(collector)
    await client.register(
      createPlugin('eraser', 'enrichment', (ctx) => {
        ctx.updateEvent('context', 'gone')
        ctx.updateEvent('_metadata', undefined)
        return ctx
      }),
    )
    await client.track({ userId: 'u1', event: 'E', context: { ip: '192.0.2.1' } })
    expect(collector.events()).toMatchObject([{ problems: [] }])
    expect(collector.events()[0]?.event.context).toEqual({
      library: { name: 'analytics-edge', version: client.VERSION },
    })
  })
})

test('an event that a plugin marks as failed is reported once to everyone', async () => {
  const client = createClient(collector)
  const errors = recordErrors(client)
  const reported: unknown[] = []
  client.on('track', () => reported.push('delivered'))
  await client.register(
    failing('judge', 'destination', async (ctx) => {
      await settle()
      ctx.setFailedDelivery({ reason: cause })
      return ctx
    }),
  )
  const bad = client.track({ userId: 'u1', event: 'Bad' }, (error) => reported.push(error))
  expect(await client.flush()).toEqual({ delivered: 0, failed: 1 })
  expect(errors).toMatchObject([{ code: 'delivery_failure', reason: { code: 'ERR_PLUGIN', cause } }])
  expect(reported).toEqual([errors[0]?.reason])
  expect(await bad).toMatchObject({ status: 'failed', error: { code: 'ERR_PLUGIN' } })
  await expect(bad.orThrow()).rejects.toBe(errors[0]?.reason)
})

describe('flush', () => {
  test('covers events that plugins still hold', async () => {
    const client = createClient(collector)
    const slow = async (ctx: Context) => {
      await new Promise((resolve) => setTimeout(resolve, 30))
      return mark('slow')(ctx)
    }
    await client.register(createPlugin('slow', 'enrichment', slow))
    trackMany(client, 3)
    expect(await client.flush()).toEqual({ delivered: 3, failed: 0 })
    expect(collector.events().map(({ event }) => event.properties)).toEqual(Array(3).fill({ seen: ['slow'] }))
  })

  test('does not wait for flushInterval when a plugin drops an event', async () => {
    const client = createClient(collector, { flushInterval: NEVER_MS })
    client.on('error', () => {})
    await client.register(
      failing('guard', 'before', async () => {
        await settle()
        throw cause
      }),
    )
    client.track({ userId: 'u1', event: 'Good' })
    client.track({ userId: 'u1', event: 'Bad' })
    expect(await client.closeAndFlush()).toEqual({ delivered: 1, failed: 1 })
    expect(receivedNames(collector)).toEqual(['Good'])
  })

  test.each(['before', 'enrichment'] as const)(
    'fails an event whose %s hook never finishes, at its deadline',
    async (type) => {
      const client = createClient(collector)
      const errors = recordErrors(client)
      await client.register(
        failing('endless', type, () => new Promise(() => {})),
        createPlugin('next', 'enrichment', mark('next')),
      )
      client.track({ userId: 'u1', event: 'Good' })
      client.track({ userId: 'u1', event: 'Bad' })
      expect(await client.flush({ timeout: 200 })).toEqual({ delivered: 1, failed: 1 })
      expect(errors).toMatchObject([{ reason: { code: 'ERR_DEADLINE' }, ctx: { event: { event: 'Bad' } } }])
    },
  )

  test.each(['destination', 'after'] as const)(
    'reports a delivered event as delivered, even if a %s hook never ends',
    async (type) => {
      const client = createClient(collector)
      await client.register(failing('endless', type, () => new Promise(() => {})))
      client.track({ userId: 'u1', event: 'Bad' })
      expect(await client.flush({ timeout: 200 })).toEqual({ delivered: 1, failed: 0 })
      expect(receivedNames(collector)).toEqual(['Bad'])
    },
  )

  test('never sends an event whose plugin finishes after the deadline', async () => {
    const client = createClient(collector)
    client.on('error', () => {})
    const hooks: Promise<unknown>[] = []
    const slow = (ctx: Context) => {
      const run = new Promise<Context>((resolve) => setTimeout(resolve, 100, ctx))
      hooks.push(run)
      return run
    }
    await client.register(createPlugin('slow', 'enrichment', slow))
    client.track({ userId: 'u1', event: 'Late' })
    expect(await client.flush({ timeout: 20 })).toEqual({ delivered: 0, failed: 1 })
    await Promise.all(hooks)
    await client.flush()
    expect(collector.requests()).toEqual([])
  })
})

test('a context that a plugin still has at the deadline shows why its event failed, even if nothing else reads it', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  const held: Context[] = []
  const holder = createPlugin('holder', 'enrichment', (ctx) => {
    held.push(ctx)
    return new Promise<never>(() => {})
  })
  const client = createClient(collector)
  await client.register(holder)
  trackMany(client, 1)
  expect(await client.flush({ timeout: 50 })).toEqual({ delivered: 0, failed: 1 })
  expect(held.map((ctx) => ctx.failedDelivery()?.reason)).toMatchObject([{ code: 'ERR_DEADLINE' }])
})

test('an event whose type a plugin changes is reported under the new type', async () => {
  const client = createClient(collector)
  const reported: string[] = []
  client.on('track', () => reported.push('track'))
  client.on('identify', () => reported.push('identify'))
  const changer = createPlugin('changer', 'enrichment', (ctx) => {
    ctx.updateEvent('type', 'identify')
    return ctx
  })
  await client.register(changer)
  trackMany(client, 1)
  await client.flush()
  expect(reported).toEqual(['identify'])
})
