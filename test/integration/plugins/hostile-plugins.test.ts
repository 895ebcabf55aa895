// What a plugin may do to an event, or be itself: it costs one failed event at most, with a DeliveryError, and no time.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Context, DeliveryError, type Plugin, type SegmentEvent } from '../../../src/index.ts'
import { createClient, openCollector, receivedNames, recordErrors } from '../../support/client.ts'
import { createPlugin, mark, silence, trackWithContext } from '../../support/plugins.ts'

const collector = await openCollector()

/** Generous: what takes seconds where it is done by hand takes less than one here. */
const FAST_MS = 2_000

afterEach(() => void vi.restoreAllMocks())

const throwing = () => {
  throw new Error('a getter that throws')
}

const withGetter = (name: string, base: object = {}): Record<string, never> =>
  // The cast: its fields cannot be read, so that they may be of any type.
  Object.defineProperty(base, name, { get: throwing, enumerable: true, configurable: true }) as Record<string, never>

const thenable = (run: (resolve: (value: unknown) => void) => unknown): object =>
  Object.defineProperty({}, 'then', { value: run })

/** What plugins may leave of an event. The casts are the point: at run time a plugin in JavaScript may do anything. */
const MUTATIONS: Record<string, (ctx: Context) => unknown> = {
  'no event': (ctx) => {
    ctx.event = undefined as unknown as SegmentEvent
  },
  'a text for an event': (ctx) => {
    ctx.event = 'E' as unknown as SegmentEvent
  },
  'an event without a type': (ctx) => {
    delete (ctx.event as Partial<SegmentEvent>).type
  },
  'an event of an unknown type': (ctx) => {
    ctx.event.type = 'purchase' as SegmentEvent['type']
  },
  'an event without a messageId': (ctx) => {
    delete (ctx.event as Partial<SegmentEvent>).messageId
  },
  'an event whose type cannot be read': (ctx) => withGetter('type', ctx.event),
  'an event whose context cannot be read': (ctx) => withGetter('context', ctx.event),
  'an event whose integrations cannot be read': (ctx) => withGetter('integrations', ctx.event),
  'an event whose timestamp cannot be read': (ctx) => withGetter('timestamp', ctx.event),
  'integrations that cannot be read': (ctx) => {
    ctx.event.integrations = withGetter('Vero')
  },
  'properties that cannot be read': (ctx) => {
    ctx.event.properties = withGetter('price')
  },
  'integrations: null': (ctx) => {
    ctx.event.integrations = null as unknown as SegmentEvent['integrations']
  },
  'integrations: a text': (ctx) => {
    ctx.event.integrations = 'none' as unknown as SegmentEvent['integrations']
  },
  'context: null': (ctx) => {
    ctx.event.context = null as unknown as SegmentEvent['context']
  },
  'a circular event': (ctx) => {
    ctx.event.properties = { event: ctx.event }
  },
  'a BigInt': (ctx) => {
    ctx.event.properties = { count: 1n }
  },
  'an event that is frozen': (ctx) => {
    ctx.event = Object.freeze({ ...ctx.event })
  },
  'an event with a toJSON that throws': (ctx) => {
    Object.assign(ctx.event, { toJSON: throwing })
  },
  'an event with a toJSON that returns nothing': (ctx) => {
    Object.assign(ctx.event, { toJSON: () => undefined })
  },
  'an event with a toJSON that returns a text': (ctx) => {
    Object.assign(ctx.event, { toJSON: () => '{"type":"track"}' })
  },
  "updateEvent('toJSON', fn)": (ctx) => ctx.updateEvent('toJSON', () => undefined),
  "updateEvent('properties.toJSON', fn)": (ctx) => ctx.updateEvent('properties.toJSON', throwing),
  'updateEvent with an index of fifty million': (ctx) => ctx.updateEvent('properties.list.50000000', 'x'),
  'updateEvent with a length of fifty million': (ctx) => {
    ctx.updateEvent('properties.list', [])
    ctx.updateEvent('properties.list.length', 50_000_000)
  },
  'updateEvent with an array of fifty million places': (ctx) => ctx.updateEvent('properties.list', Array(50_000_000)),
  'an array that it has grown to fifty million by hand': (ctx) => {
    const list: unknown[] = []
    list[50_000_000] = 'x'
    Object.assign(ctx.event.properties ?? {}, { list })
  },
  'a text of ten million characters': (ctx) => ctx.updateEvent('properties.text', 'x'.repeat(10_000_000)),
  'an event nested a hundred thousand deep': (ctx) => {
    let deep: object = {}
    for (let depth = 0; depth < 100_000; depth++) deep = { deep }
    ctx.event.properties = deep as Record<string, unknown>
  },
  'a context whose logs are gone': (ctx) => {
    Object.assign(ctx, { logs: undefined, log: undefined })
  },
  'a context that says it has failed, with a reason that cannot be read': (ctx) => {
    ctx.setFailedDelivery(withGetter('reason') as unknown as { reason: unknown })
  },
  'a failure that is not one': (ctx) => {
    ctx.setFailedDelivery(null as unknown as { reason: unknown })
  },
}

const CASES = (['before', 'enrichment', 'destination', 'after'] as const).flatMap((type) =>
  Object.entries(MUTATIONS).map(([what, mutate]) => [type, what, mutate] as const),
)

describe('other events are delivered, and the event itself settles once, quickly, even if a plugin leaves', () => {
  test.each(CASES)('(%s) %s', async (type, _what, mutate) => {
    silence()
    const client = createClient(collector)
    const reported: string[] = []
    const errors = recordErrors(client)
    client.on('track', (ctx) => reported.push(ctx.event?.event ?? 'none'))
    await client.register(
      createPlugin('hostile', type, (ctx) => {
        if (ctx.event.event === 'Bad') mutate(ctx)
        return ctx
      }),
      createPlugin('next', type, (ctx) => ctx),
      createPlugin('destination', 'destination', (ctx) => ctx),
      createPlugin('after', 'after', (ctx) => ctx),
    )
    const startMs = performance.now()
    let callbackCount = 0
    const one = client.track({ userId: 'u1', event: 'One' })
    const bad = client.track({ userId: 'u1', event: 'Bad' }, () => callbackCount++)
    const two = client.track({ userId: 'u1', event: 'Two' })
    const result = await client.flush({ timeout: 20_000 })
    const elapsedMs = performance.now() - startMs

    expect(result.delivered + result.failed).toBe(3)
    expect(result.failed).toBeLessThanOrEqual(1)
    expect([(await one).status, (await two).status]).toEqual(['delivered', 'delivered'])
    expect(receivedNames(collector)).toEqual(expect.arrayContaining(['One', 'Two']))
    expect(callbackCount).toBe(1)
    expect(client.pendingCount).toBe(0)
    const { status, messageId } = await bad
    expect(messageId).toMatch(/^[\da-f-]{36}$/)
    expect(status).toBe(result.failed === 1 ? 'failed' : 'delivered')
    expect(errors).toHaveLength(result.failed)
    for (const { reason } of errors) expect(reason).toBeInstanceOf(DeliveryError)
    expect(reported).toHaveLength(result.delivered)
    expect(elapsedMs).toBeLessThan(FAST_MS)
  })
})

describe('an update that would make the event unusable is ignored:', () => {
  test.each([
    ['toJSON', () => undefined],
    ['properties.toJSON', throwing],
    ['properties.list.50000000', 'x'],
    ['properties.list.length', 50_000_000],
  ])('%s', async (path, value) => {
    const client = createClient(collector)
    await client.register(
      createPlugin('clumsy', 'enrichment', (ctx) => {
        ctx.updateEvent('properties.list', [1])
        ctx.updateEvent(path, value)
        return ctx
      }),
      createPlugin('next', 'enrichment', mark('next')),
    )
    const { outcome } = await trackWithContext(client, 'E')
    expect(outcome.status).toBe('delivered')
    expect(collector.events()[0]?.event.properties).toEqual({ list: [1], seen: ['next'] })
  })
})

describe('an odd plugin harms at most its own event:', () => {
  test.each<[what: string, more: object]>([
    ['alternativeNames: null', { alternativeNames: null }],
    ['alternativeNames: a text', { alternativeNames: 'Vero' }],
    ['alternativeNames that cannot be read', withGetter('alternativeNames')],
    ['a hook that cannot be read', withGetter('track')],
    [
      'a hook that returns a thenable which calls back twice',
      { track: () => thenable((resolve) => [resolve(1), resolve(2)]) },
    ],
    ['a hook that returns a thenable which throws', { track: () => thenable(throwing) }],
    ['a hook that returns an object whose then cannot be read', { track: () => withGetter('then') }],
    [
      'a hook that throws something that cannot be shown',
      {
        track: () => {
          throw Object.create(null)
        },
      },
    ],
    [
      'a hook that throws what cannot be read',
      {
        track: () => {
          throw withGetter('message')
        },
      },
    ],
    ['a hook that rejects with nothing', { track: () => Promise.reject() }],
  ])('%s', async (_what, more) => {
    silence()
    for (const type of ['before', 'enrichment', 'destination', 'after'] as const) {
      const client = createClient(collector)
      const errors = recordErrors(client)
      // Not spread: a getter stays one.
      const plugin: Plugin = Object.defineProperties({ name: 'odd', type }, Object.getOwnPropertyDescriptors(more))
      // A plugin that cannot be read is rejected by register(), or harms its own kind of event.
      await client.register(plugin).catch(() => {})
      client.track({ userId: 'u1', event: 'E' })
      client.identify({ userId: 'u1' })
      const { delivered, failed } = await client.flush({ timeout: 20_000 })
      expect(delivered + failed).toBe(2)
      expect(failed).toBeLessThanOrEqual(1)
      expect(errors).toHaveLength(failed)
      for (const { reason } of errors) expect(reason).toMatchObject({ code: 'ERR_PLUGIN' })
    }
  })

  test('register() rejects an unreadable plugin, and later ones still register', async () => {
    const client = createClient(collector)
    await expect(client.register(withGetter('name', { type: 'before' }) as unknown as Plugin)).rejects.toThrow()
    await expect(client.register(withGetter('type', { name: 'p' }) as unknown as Plugin)).rejects.toThrow()
    await client.register(createPlugin('good', 'enrichment', mark('good')))
    await client.track({ userId: 'u1', event: 'E' })
    expect(collector.events()[0]?.event.properties).toEqual({ seen: ['good'] })
  })
})

test('a call whose integrations are null or text reaches its destinations and Segment', async () => {
  const client = createClient(collector)
  const got: unknown[] = []
  await client.register(
    createPlugin(
      'Vero',
      'destination',
      (ctx) => {
        got.push(ctx.event.event)
        return ctx
      },
      { alternativeNames: null },
    ),
  )
  // A cast: what types keep TypeScript users from, programs in JavaScript do.
  client.track({ userId: 'u1', event: 'None', integrations: null as unknown as undefined })
  client.track({ userId: 'u1', event: 'Text', integrations: 'ab' as unknown as undefined })
  expect(await client.flush()).toEqual({ delivered: 2, failed: 0 })
  expect(got).toEqual(['None', 'Text'])
  expect(receivedNames(collector)).toEqual(['None', 'Text'])
})
