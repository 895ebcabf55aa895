// Code of plugins that never ends: it costs what it holds, for as long as `pluginTimeout`, and nothing else.
import { describe, expect, test } from 'vitest'
import type { Context, Plugin } from '../../../src/index.ts'
import {
  createClient,
  openCollector,
  receivedNames,
  recordErrors,
  rest,
  trackMany,
  within,
} from '../../support/client.ts'
import { createPlugin, mark, silence } from '../../support/plugins.ts'

const collector = await openCollector()

const LIMIT_MS = 200
/** Far longer than the limit, even on a machine that is busy, and less than what ends a wait by itself. */
const PATIENCE_MS = 20_000

const hang = () => new Promise<never>(() => {})

/** Hangs for events that are called 'Hangs'. */
const hanging = (type: Plugin['type'], more: Partial<Plugin> = {}) =>
  createPlugin('hung', type, (ctx) => (ctx.event.event === 'Hangs' ? hang() : ctx), more)

describe.each(['before', 'enrichment'] as const)('a %s hook that hangs', (type) => {
  test('fails its own event with ERR_PLUGIN after pluginTimeout, in a process that never flushes', async () => {
    const client = createClient(collector, { pluginTimeout: LIMIT_MS, flushInterval: 20 })
    const errors = recordErrors(client)
    await client.register(hanging(type), createPlugin('next', 'enrichment', mark('next')))
    const startMs = performance.now()
    client.track({ userId: 'u1', event: 'Hangs' })
    client.track({ userId: 'u1', event: 'Fine' })
    await expect.poll(() => receivedNames(collector), { timeout: PATIENCE_MS }).toEqual(['Fine'])
    await expect.poll(() => errors, { timeout: PATIENCE_MS }).toHaveLength(1)
    expect(performance.now() - startMs).toBeGreaterThan(LIMIT_MS - 10)
    expect(errors).toMatchObject([{ reason: { code: 'ERR_PLUGIN' }, ctx: { event: { event: 'Hangs' } } }])
    expect(String(errors[0]?.reason)).toMatch(/'hung'.*pluginTimeout/)
    await expect.poll(() => client.pendingCount).toBe(0)
  })

  test('frees the room of its event once that has failed: a full queue empties by itself', async () => {
    const client = createClient(collector, { pluginTimeout: LIMIT_MS, flushInterval: 20, maxQueueSize: 50 })
    const errors = recordErrors(client)
    await client.register(hanging(type))
    for (let index = 0; index < 50; index++) client.track({ userId: 'u1', event: 'Hangs' })
    await expect.poll(() => errors, { timeout: PATIENCE_MS }).toHaveLength(50)
    trackMany(client, 50)
    await expect.poll(() => receivedNames(collector), { timeout: PATIENCE_MS }).toHaveLength(50)
    expect(errors.map(({ reason }) => (reason as { code?: string }).code)).toEqual(Array(50).fill('ERR_PLUGIN'))
  })

  test('fails its event at the deadline of a flush if that comes first', async () => {
    const client = createClient(collector)
    const errors = recordErrors(client)
    await client.register(hanging(type))
    client.track({ userId: 'u1', event: 'Hangs' })
    expect(await client.flush({ timeout: LIMIT_MS })).toEqual({ delivered: 0, failed: 1 })
    expect(errors).toMatchObject([{ reason: { code: 'ERR_DEADLINE' } }])
  })

  test('that ends after all changes nothing: its event is reported once and never sent', async () => {
    const client = createClient(collector, { pluginTimeout: 20 })
    const errors = recordErrors(client)
    const late = (ctx: Context) => rest(200).then(() => ctx)
    await client.register(createPlugin('late', type, late))
    expect(await client.track({ userId: 'u1', event: 'Late' })).toMatchObject({ error: { code: 'ERR_PLUGIN' } })
    await rest(400)
    await client.flush()
    expect(errors).toHaveLength(1)
    expect(collector.requests()).toEqual([])
  })
})

describe.each(['destination', 'after'] as const)('a %s hook that hangs', (type) => {
  test('is abandoned after pluginTimeout: Segment has the event, and it counts as delivered', async () => {
    const client = createClient(collector, { pluginTimeout: LIMIT_MS, flushInterval: 20 })
    const errors = recordErrors(client)
    await client.register(hanging(type))
    const outcome = within(PATIENCE_MS, client.track({ userId: 'u1', event: 'Hangs' }))
    await expect.poll(() => receivedNames(collector), { timeout: PATIENCE_MS }).toEqual(['Hangs'])
    expect(await outcome).toMatchObject({ status: 'delivered', attempts: 1 })
    expect(errors).toEqual([])
  })

  test('does not fill the queue for good: 1,500 events pass through one of 1,000', async () => {
    const client = createClient(collector, { pluginTimeout: LIMIT_MS, flushInterval: 20, maxQueueSize: 1_000 })
    const errors = recordErrors(client)
    await client.register(createPlugin('hung', type, hang))
    let deliveredCount = 0
    for (let index = 0; index < 3; index++) {
      for (let count = 0; count < 500; count++) {
        client.track({ userId: 'u1', event: 'E' }, (error) => {
          if (!error) deliveredCount++
        })
      }
      await expect.poll(() => client.pendingCount, { timeout: PATIENCE_MS }).toBeLessThan(500)
    }
    await expect.poll(() => deliveredCount, { timeout: PATIENCE_MS }).toBe(1_500)
    expect(errors).toEqual([])
    expect(collector.events()).toHaveLength(1_500)
  })
})

describe('a load that hangs', () => {
  test('counts as failed after pluginTimeout: events leave without the plugin, and register() resolves', async () => {
    const console = silence()
    const client = createClient(collector, { pluginTimeout: LIMIT_MS, flushInterval: 20 })
    const errors = recordErrors(client)
    const registered = client.register(createPlugin('hung', 'enrichment', mark('hung'), { load: hang }))
    client.track({ userId: 'u1', event: 'E' })
    expect(await within(PATIENCE_MS, registered)).toBeUndefined()
    await expect.poll(() => receivedNames(collector), { timeout: PATIENCE_MS }).toEqual(['E'])
    expect(collector.events()[0]?.event.properties).toEqual({})
    expect(errors).toMatchObject([{ code: 'plugin_failure', reason: { code: 'ERR_PLUGIN' } }])
    expect(console.warn).toHaveBeenCalledOnce()
  })

  test('of a critical plugin fails waiting and later events with ERR_PLUGIN', async () => {
    silence()
    const client = createClient(collector, { pluginTimeout: LIMIT_MS })
    client.on('error', () => {})
    const plugin = createPlugin('hung', 'before', mark('hung'), { load: hang, critical: true })
    void client.register(plugin)
    const waiting = client.track({ userId: 'u1', event: 'Waiting' })
    expect(await within(PATIENCE_MS, waiting)).toMatchObject({ error: { code: 'ERR_PLUGIN' } })
    expect(await client.track({ userId: 'u1', event: 'Later' })).toMatchObject({ error: { code: 'ERR_PLUGIN' } })
    expect(collector.requests()).toEqual([])
  })

  test('of a destination holds up no event, before or after pluginTimeout', async () => {
    silence()
    const client = createClient(collector, { pluginTimeout: LIMIT_MS, flushInterval: 20 })
    const registered = client.register(createPlugin('hung', 'destination', mark('hung'), { load: hang }))
    const outcome = client.track({ userId: 'u1', event: 'E' })
    await expect.poll(() => receivedNames(collector), { timeout: PATIENCE_MS }).toEqual(['E'])
    expect(await within(PATIENCE_MS, outcome)).toMatchObject({ status: 'delivered' })
    expect(await within(PATIENCE_MS, registered)).toBeUndefined()
  })

  test('and ends or fails later does not bring its plugin back', async () => {
    silence()
    const client = createClient(collector, { pluginTimeout: 20 })
    const errors = recordErrors(client)
    await client.register(
      createPlugin('late', 'enrichment', mark('late'), { load: () => rest(200) }),
      createPlugin('late failure', 'enrichment', mark('late failure'), {
        load: () => rest(200).then(() => Promise.reject(new Error('too late'))),
      }),
    )
    await rest(400)
    await client.track({ userId: 'u1', event: 'E' })
    expect(collector.events()[0]?.event.properties).toEqual({})
    expect(errors.map(({ code }) => code)).toEqual(['plugin_failure', 'plugin_failure'])
  })

  test('counts the events that wait for it against maxQueueBytes by their real size', async () => {
    const client = createClient(collector, { maxQueueBytes: 1024 * 1024 })
    const codes: unknown[] = []
    client.on('error', ({ reason }) => codes.push((reason as { code?: string }).code))
    void client.register(createPlugin('hung', 'before', (ctx) => ctx, { load: hang }))
    const text = 'x'.repeat(25_000)
    for (let index = 0; index < 5_000; index++) client.track({ userId: 'u1', event: 'E', properties: { text } })
    const { pendingCount } = client
    expect(pendingCount).toBeGreaterThan(35)
    expect(pendingCount).toBeLessThan(45)
    expect(codes).toEqual(Array(5_000 - pendingCount).fill('ERR_QUEUE_FULL'))
    await client.deregister('hung')
    expect(await client.flush()).toEqual({ delivered: pendingCount, failed: 0 })
  })
})

test('an unload that hangs is reported after pluginTimeout, and deregister() resolves', async () => {
  silence()
  const client = createClient(collector, { pluginTimeout: LIMIT_MS })
  const errors = recordErrors(client)
  await client.register(createPlugin('hung', 'enrichment', mark('hung'), { unload: hang }))
  expect(await within(PATIENCE_MS, client.deregister('hung'))).toBeUndefined()
  expect(errors).toMatchObject([{ code: 'plugin_failure', reason: { code: 'ERR_PLUGIN' } }])
  await client.track({ userId: 'u1', event: 'E' })
  expect(collector.events()[0]?.event.properties).toEqual({})
})

test.each(['before', 'enrichment', 'destination', 'after'] as const)(
  'events that a hook of a %s plugin holds count against maxQueueBytes by the size that plugins left',
  async (type) => {
    const client = createClient(collector, { maxQueueBytes: 64 * 1024, flushInterval: 20 })
    client.on('error', () => {})
    const gates: (() => void)[] = []
    const grow = (ctx: Context) => {
      if (type === 'before' || type === 'enrichment') ctx.updateEvent('properties.text', 'x'.repeat(20_000))
      return new Promise<Context>((resolve) => gates.push(() => resolve(ctx)))
    }
    await client.register(createPlugin('slow', type, grow))
    const text = type === 'before' || type === 'enrichment' ? 'x' : 'x'.repeat(20_000)
    const outcomes = [1, 2, 3, 4, 5].map(() => client.track({ userId: 'u1', event: 'E', properties: { text } }))
    const flushed = client.flush()
    await expect.poll(() => gates.length, { timeout: PATIENCE_MS }).toBeGreaterThanOrEqual(3)
    for (const open of gates) open()
    await flushed
    const codes = (await Promise.all(outcomes)).map(({ error }) => error?.code)
    expect(codes.toSorted()).toEqual(['ERR_QUEUE_FULL', 'ERR_QUEUE_FULL', undefined, undefined, undefined])
    expect(collector.events()).toHaveLength(3)
  },
)
