// Calls of the client from inside its plugins, callbacks and listeners: each event has its own outcome, and nothing waits for itself.
import { describe, expect, test } from 'vitest'
import type { Analytics, Context, Plugin } from '../../../src/index.ts'
import { createClient, openCollector, receivedNames, recordErrors, rest, within } from '../../support/client.ts'
import { createPlugin, mark, silence } from '../../support/plugins.ts'

const collector = await openCollector()

/** Far longer than what is meant takes, and less than a deadline. */
const PATIENCE_MS = 20_000

const TYPES = ['before', 'enrichment', 'destination', 'after'] as const

/** Does something for the event 'Outer', once. */
const acting = (type: Plugin['type'], act: (ctx: Context) => unknown) =>
  createPlugin('acting', type, async (ctx) => {
    if (ctx.event.event === 'Outer') await act(ctx)
    return ctx
  })

describe.each(TYPES)('inside a hook of a %s plugin,', (type) => {
  test('track() creates an event that passes all plugins itself', async () => {
    const client = createClient(collector, { flushInterval: 20 })
    const inner: unknown[] = []
    await client.register(
      acting(type, () => {
        client.track({ userId: 'u1', event: 'Inner' }, (error) => inner.push(error))
      }),
      createPlugin('next', 'enrichment', mark('next')),
    )
    const outer = client.track({ userId: 'u1', event: 'Outer' })
    expect(await outer).toMatchObject({ status: 'delivered' })
    await expect.poll(() => inner, { timeout: PATIENCE_MS }).toEqual([undefined])
    expect(receivedNames(collector).toSorted()).toEqual(['Inner', 'Outer'])
    expect(collector.events().map(({ event }) => event.properties)).toEqual([{ seen: ['next'] }, { seen: ['next'] }])
  })

  test('an awaited track() is delivered before the hook continues, and the outer event after it', async () => {
    const client = createClient(collector, { flushInterval: 20 })
    const steps: unknown[] = []
    await client.register(
      acting(type, async () => {
        const { status } = await client.track({ userId: 'u1', event: 'Inner' })
        steps.push(status)
      }),
    )
    client.track({ userId: 'u1', event: 'Outer' }, (error) => steps.push(error))
    await expect.poll(() => steps, { timeout: PATIENCE_MS }).toEqual(['delivered', undefined])
    expect(receivedNames(collector).toSorted()).toEqual(['Inner', 'Outer'])
  })

  test('endlessly tracking the same event exhausts neither the stack nor other events', async () => {
    const client = createClient(collector, { flushInterval: 20, maxQueueSize: 100 })
    client.on('error', () => {})
    let count = 0
    await client.register(
      createPlugin('loop', type, (ctx) => {
        if (ctx.event.event === 'Loop' && ++count < 2_000) client.track({ userId: 'u1', event: 'Loop' })
        return ctx
      }),
    )
    client.track({ userId: 'u1', event: 'Loop' })
    const other = client.track({ userId: 'u1', event: 'Other' })
    expect(await within(PATIENCE_MS, other)).toMatchObject({ status: 'delivered' })
    // What makes them is the program's fault; what becomes of each is ours.
    await client.deregister('loop')
    await expect.poll(() => client.pendingCount, { timeout: PATIENCE_MS }).toBe(0)
  })

  test('register() and deregister(), even of its own plugin, apply to later events', async () => {
    const client = createClient(collector)
    await client.register(
      acting(type, async () => {
        await client.deregister('acting')
        await client.register(createPlugin('new', 'enrichment', mark('new')))
      }),
    )
    expect(await client.track({ userId: 'u1', event: 'Outer' })).toMatchObject({ status: 'delivered' })
    expect(await client.track({ userId: 'u1', event: 'Outer' })).toMatchObject({ status: 'delivered' })
    expect(collector.events().at(-1)?.event.properties).toEqual({ seen: ['new'] })
  })

  test('awaiting a flush that waits for the hook stops at pluginTimeout', async () => {
    silence()
    const client = createClient(collector, { pluginTimeout: 200, flushInterval: 20 })
    const errors = recordErrors(client)
    let isOver = false
    await client.register(
      acting(type, async () => {
        await client.flush()
        isOver = true
      }),
    )
    const outer = client.track({ userId: 'u1', event: 'Outer' })
    const isStopped = type === 'before' || type === 'enrichment'
    expect(await within(PATIENCE_MS, outer)).toMatchObject({ status: isStopped ? 'failed' : 'delivered' })
    await expect.poll(() => isOver, { timeout: PATIENCE_MS }).toBe(true)
    expect(errors.map(({ reason }) => (reason as { code?: string }).code)).toEqual(isStopped ? ['ERR_PLUGIN'] : [])
  })
})

describe('inside load,', () => {
  test('awaiting a track() that waits for the load stops at pluginTimeout', async () => {
    silence()
    const client = createClient(collector, { pluginTimeout: 300, flushInterval: 20 })
    const outcomes: unknown[] = []
    const load = async (_ctx: Context, instance: Analytics) => {
      instance.track({ userId: 'u1', event: 'Ignored' }, (error) => outcomes.push(error))
      outcomes.push((await instance.track({ userId: 'u1', event: 'Awaited' })).status)
    }
    const registered = client.register(createPlugin('eager', 'enrichment', mark('eager'), { load }))
    expect(await within(PATIENCE_MS, registered)).toBeUndefined()
    await expect.poll(() => outcomes, { timeout: PATIENCE_MS }).toHaveLength(2)
    expect(outcomes).toEqual([undefined, 'delivered'])
    expect(receivedNames(collector)).toEqual(['Ignored', 'Awaited'])
  })

  test('register() of another plugin works', async () => {
    const client = createClient(collector)
    const load = (_ctx: Context, instance: Analytics) =>
      instance.register(createPlugin('second', 'enrichment', mark('second')))
    await client.register(createPlugin('first', 'enrichment', mark('first'), { load }))
    await client.track({ userId: 'u1', event: 'E' })
    expect(collector.events()[0]?.event.properties).toEqual({ seen: ['first', 'second'] })
  })

  test('deregister() of its own plugin works', async () => {
    const client = createClient(collector)
    const load = (_ctx: Context, instance: Analytics) => void instance.deregister('fickle')
    await client.register(createPlugin('fickle', 'enrichment', mark('fickle'), { load }))
    expect(await client.track({ userId: 'u1', event: 'E' })).toMatchObject({ status: 'delivered' })
    expect(collector.events()[0]?.event.properties).toEqual({})
  })
})

describe('inside a callback,', () => {
  test('track() with the same callback continues event by event, without growing the stack', async () => {
    const client = createClient(collector, { flushAt: 1 })
    let count = 0
    const next = () => {
      if (++count < 50) client.track({ userId: 'u1', event: String(count) }, next)
    }
    client.track({ userId: 'u1', event: '0' }, next)
    await expect.poll(() => count, { timeout: PATIENCE_MS }).toBe(50)
    expect(receivedNames(collector)).toHaveLength(50)
  })

  test('flush() and closeAndFlush() do not wait for that callback', async () => {
    const client = createClient(collector)
    const ended = new Promise((resolve) => {
      client.track({ userId: 'u1', event: 'E' }, async () => {
        await rest(10)
        const flushed = await client.flush()
        resolve([flushed, await client.closeAndFlush()])
      })
    })
    expect(await client.flush()).toEqual({ delivered: 1, failed: 0 })
    expect(await within(PATIENCE_MS, ended)).toEqual(Array(2).fill({ delivered: 0, failed: 0 }))
  })

  test('register() and deregister() apply to later events', async () => {
    const client = createClient(collector)
    await client.register(createPlugin('old', 'enrichment', mark('old')))
    await client.track({ userId: 'u1', event: 'E' }, async () => {
      await client.deregister('old')
      await client.register(createPlugin('new', 'enrichment', mark('new')))
    })
    await client.flush()
    await expect
      .poll(async () => {
        await client.track({ userId: 'u1', event: 'E' })
        return collector.events().at(-1)?.event.properties
      })
      .toEqual({ seen: ['new'] })
  })
})

test('a listener that tracks for each event it receives stops at its own events', async () => {
  const client = createClient(collector, { flushAt: 1 })
  const follow = (ctx: Context) => {
    if (ctx.event.event !== 'Follow') client.track({ userId: 'u1', event: 'Follow' })
  }
  client.on('track', follow)
  client.on('error', ({ ctx }) => follow(ctx))
  await client.register(acting('before', (ctx) => ctx.cancel()))
  client.track({ userId: 'u1', event: 'Outer' })
  client.track({ userId: 'u1', event: 'E' })
  await expect.poll(() => receivedNames(collector).toSorted()).toEqual(['E', 'Follow', 'Follow'])
  expect(await client.flush()).toBeDefined()
  expect(client.pendingCount).toBe(0)
})
