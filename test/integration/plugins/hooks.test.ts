import { describe, expect, test } from 'vitest'
import type { Context, Plugin } from '../../../src/index.ts'
import { answers, createClient, openCollector, receivedNames, trackMany } from '../../support/client.ts'
import { createGate, createPlugin, HOOKS, mark, settle } from '../../support/plugins.ts'

const collector = await openCollector()
const seen = () => collector.events().map(({ event }) => (event.properties as { seen?: unknown }).seen)

describe('the order of plugins', () => {
  test('follows their types, and within a type their registration', async () => {
    const client = createClient(collector)
    const ran: string[] = []
    const noting = (name: string, type: Plugin['type']) =>
      createPlugin(name, type, (ctx) => {
        ran.push(name)
        return ctx
      })
    await client.register(noting('after 1', 'after'), noting('enrichment 1', 'enrichment'))
    await client.register(noting('destination 1', 'destination'), noting('before 1', 'before'))
    await client.register(noting('enrichment 2', 'enrichment'), noting('before 2', 'before'))
    await client.register(
      noting('utility', 'utility'),
      noting('after 2', 'after'),
      noting('destination 2', 'destination'),
    )
    await client.track({ userId: 'u1', event: 'E' })
    expect(ran).toEqual([
      'before 1',
      'before 2',
      'enrichment 1',
      'enrichment 2',
      'destination 1',
      'destination 2',
      'after 1',
      'after 2',
    ])
    expect(receivedNames(collector)).toEqual(['E'])
  })

  test('holds for asynchronous plugins: each sees the changes of the previous one', async () => {
    const client = createClient(collector)
    const late = (name: string) => async (ctx: Context) => {
      await settle()
      return mark(name)(ctx)
    }
    await client.register(
      createPlugin('b1', 'before', late('b1')),
      createPlugin('b2', 'before', mark('b2')),
      createPlugin('e1', 'enrichment', late('e1')),
      createPlugin('e2', 'enrichment', mark('e2')),
    )
    await client.track({ userId: 'u1', event: 'E' })
    expect(seen()).toEqual([['b1', 'b2', 'e1', 'e2']])
  })

  test('runs after plugins between the outcome and its report', async () => {
    const client = createClient(collector)
    const steps: unknown[] = []
    client.on('http_response', ({ status }) => steps.push(status))
    client.on('track', () => steps.push('reported'))
    await client.register(
      createPlugin('after', 'after', async (ctx) => {
        await settle()
        steps.push('after')
        return ctx
      }),
    )
    await client.track({ userId: 'u1', event: 'E' })
    expect(steps).toEqual([200, 'after', 'reported'])
  })

  test('shows after plugins the failure of an undelivered event', async () => {
    collector.fail({ status: 404 })
    const client = createClient(collector)
    client.on('error', () => {})
    const failures: unknown[] = []
    await client.register(
      createPlugin('after', 'after', (ctx) => {
        failures.push(ctx.failedDelivery()?.reason)
        return ctx
      }),
    )
    await client.track({ userId: 'u1', event: 'E' })
    expect(failures).toMatchObject([{ code: 'ERR_HTTP_STATUS', status: 404 }])
  })
})

describe('hooks', () => {
  test.each(HOOKS)('include %s only for its own call', async (hook) => {
    const client = createClient(collector)
    const types: unknown[] = []
    await client.register({
      name: 'one hook',
      type: 'enrichment',
      [hook]: (ctx: Context) => {
        types.push(ctx.event.type)
        return ctx
      },
    })
    client.track({ userId: 'u1', event: 'E' })
    client.identify({ userId: 'u1' })
    client.page({ userId: 'u1' })
    client.screen({ userId: 'u1' })
    client.group({ userId: 'u1', groupId: 'g1' })
    client.alias({ userId: 'u1', previousId: 'p1' })
    expect(await client.flush()).toEqual({ delivered: 6, failed: 0 })
    expect(types).toEqual([hook])
  })

  test('are called on their plugin, so a class can keep state there', async () => {
    class Counter implements Plugin {
      readonly name = 'counter'
      readonly type = 'enrichment'
      count = 0
      track(ctx: Context): Context {
        ctx.updateEvent('properties.count', ++this.count)
        return ctx
      }
    }
    const client = createClient(collector)
    await client.register(new Counter())
    trackMany(client, 3)
    await client.flush()
    expect(collector.events().map(({ event }) => event.properties)).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }])
  })

  test('may return another context, whose content is sent', async () => {
    const { Context } = await import('../../../src/index.ts')
    const client = createClient(collector)
    await client.register(
      createPlugin('other', 'enrichment', (ctx) => new Context({ ...ctx.event, event: 'Other' }, ctx.id)),
    )
    await client.track({ userId: 'u1', event: 'E' })
    expect(receivedNames(collector)).toEqual(['Other'])
  })

  test('may leave an invalid timestamp, which is sent as null', async () => {
    const client = createClient(collector)
    await client.register(
      createPlugin('b', 'before', (ctx) => {
        ctx.event.timestamp = new Date(Number.NaN)
        return ctx
      }),
    )
    await client.track({ userId: 'u1', event: 'E' }).orThrow()
    expect(collector.events().map(({ event }) => event.timestamp)).toEqual([null])
  })

  test('that are synchronous run before a flush of the same tick: ten tracks and a flush are one request', async () => {
    const client = createClient(collector)
    await client.register(
      createPlugin('b', 'before', mark('b')),
      createPlugin('e', 'enrichment', mark('e')),
      createPlugin('d', 'destination', (ctx) => ctx),
      createPlugin('a', 'after', (ctx) => ctx),
    )
    trackMany(client, 10)
    expect(await client.flush()).toEqual({ delivered: 10, failed: 0 })
    expect(collector.requests().map(({ eventCount }) => eventCount)).toEqual([10])
    expect(seen()).toEqual(Array.from({ length: 10 }, () => ['b', 'e']))
  })

  test('that are synchronous finish by the end of the tick, so flushAt counts their events without a flush', async () => {
    const client = createClient(collector, { flushAt: 3 })
    await client.register(createPlugin('e', 'enrichment', mark('e')))
    trackMany(client, 3)
    await expect.poll(() => answers(collector)).toEqual([200])
    expect(seen()).toEqual([['e'], ['e'], ['e']])
  })

  test('delay only their own event if they are slow', async () => {
    const client = createClient(collector)
    const gate = createGate()
    await client.register(
      createPlugin('slow for some', 'enrichment', (ctx) =>
        ctx.event.event === 'Slow' ? gate.promise.then(() => ctx) : ctx,
      ),
    )
    const slow = client.track({ userId: 'u1', event: 'Slow' })
    await client.track({ userId: 'u1', event: 'Quick' })
    // The await above flushed; the quick one has arrived while the slow one is still with its plugin.
    expect(receivedNames(collector)).toEqual(['Quick'])
    gate.open()
    await slow
    expect(receivedNames(collector)).toEqual(['Quick', 'Slow'])
  })
})
