import { describe, expect, test } from 'vitest'
import type { Context } from '../../../src/index.ts'
import { createClient, openCollector } from '../../support/client.ts'
import { createGate, createPlugin, trackWithContext } from '../../support/plugins.ts'

const collector = await openCollector()
const sent = () => collector.events()[0]?.event

test("plugins cannot change the caller's objects", async () => {
  const client = createClient(collector)
  await client.register(
    createPlugin('rude', 'enrichment', (ctx) => {
      // In place, without updateEvent.
      const { properties, context, integrations } = ctx.event
      if (properties) {
        properties.items[0].price = 0
        properties.items.push('more')
      }
      Object.assign(context, { ip: '0.0.0.0' })
      Object.assign(context.traits ?? {}, { email: 'none' })
      integrations.Vero = false
      ctx.updateEvent('properties.items.0.name', 'other')
      return ctx
    }),
  )
  const params = {
    userId: 'u1',
    event: 'E',
    properties: { items: [{ name: 'Book', price: 5 }] },
    context: { ip: '192.0.2.1', traits: { email: 'a@example.com' } },
    integrations: { Vero: true },
  }
  const before = structuredClone(params)
  await client.track(params)
  expect(params).toEqual(before)
  expect(sent()).toMatchObject({
    properties: { items: [{ name: 'other', price: 0 }, 'more'] },
    context: { ip: '0.0.0.0', traits: { email: 'none' } },
    integrations: { Vero: false },
  })
})

test('the caller cannot change an event in flight', async () => {
  const client = createClient(collector)
  const gate = createGate()
  await client.register(createPlugin('slow', 'enrichment', (ctx) => gate.promise.then(() => ctx)))
  const properties = { list: [1], at: new Date(0), deep: { value: 'then' } }
  const traits = { email: 'then' }
  const tracked = client.track({ userId: 'u1', event: 'E', properties, context: { traits } })
  properties.list.push(2)
  properties.deep.value = 'later'
  traits.email = 'later'
  gate.open()
  await tracked
  expect(sent()).toMatchObject({
    properties: { list: [1], at: '1970-01-01T00:00:00.000Z', deep: { value: 'then' } },
    context: { traits: { email: 'then' } },
  })
})

test('the caller cannot change an event that waits for a plugin to load', async () => {
  const client = createClient(collector)
  const gate = createGate()
  void client.register(createPlugin('p', 'enrichment', (ctx) => ctx, { load: () => gate.promise }))
  const properties = { value: 'then' }
  const tracked = client.track({ userId: 'u1', event: 'E', properties })
  properties.value = 'later'
  gate.open()
  await tracked
  expect(sent()).toMatchObject({ properties: { value: 'then' } })
})

test("a destination's changes are its own; its logs and its failure belong to the event", async () => {
  const client = createClient(collector)
  const seen: unknown[] = []
  const shaping = (name: string) =>
    createPlugin(name, 'destination', async (ctx: Context) => {
      seen.push(ctx.event.event)
      ctx.updateEvent('event', `for ${name}`)
      ctx.event.context.ip = name
      await undefined
      seen.push(ctx.event.event)
      ctx.log('info', name)
      return ctx
    })
  await client.register(shaping('Vero'), shaping('Braze'))
  const { ctx } = await trackWithContext(client, 'E')
  expect(seen).toEqual(['E', 'E', 'for Vero', 'for Braze'])
  expect(sent()).toMatchObject({ event: 'E' })
  expect(sent()?.context).not.toHaveProperty('ip')
  expect(ctx?.event.event).toBe('E')
  expect(ctx?.logs().filter(({ level }) => level === 'info')).toMatchObject([{ message: 'Vero' }, { message: 'Braze' }])
})

describe('an event that cannot be read or written fails alone, even with plugins:', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  const getter = Object.defineProperty({}, 'x', {
    enumerable: true,
    get: () => {
      throw new Error('a getter')
    },
  })
  test.each([
    ['circular', circular],
    ['a BigInt', { big: 1n }],
    ['a getter that throws', getter],
    ['a getter that throws, deep inside', { deep: getter }],
  ])('%s', async (_what, properties) => {
    const client = createClient(collector)
    client.on('error', () => {})
    await client.register(createPlugin('p', 'enrichment', (ctx) => ctx))
    client.track({ userId: 'u1', event: 'Good' })
    const bad = client.track({ userId: 'u1', event: 'Bad', properties })
    expect(await client.flush()).toEqual({ delivered: 1, failed: 1 })
    expect((await bad).error?.code).toBe('ERR_NOT_SERIALIZABLE')
  })
})
