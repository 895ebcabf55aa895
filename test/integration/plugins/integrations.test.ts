import { describe, expect, test } from 'vitest'
import type { IntegrationsOptions } from '../../../src/index.ts'
import { createClient, openCollector } from '../../support/client.ts'
import { createPlugin, settle } from '../../support/plugins.ts'

const collector = await openCollector()

describe('a destination gets an event', () => {
  test.each<[integrations: IntegrationsOptions | undefined, gets: boolean]>([
    [undefined, true],
    [{}, true],
    [{ All: true }, true],
    [{ All: false }, false],
    [{ All: false, Vero: true }, true],
    [{ All: false, Vero: { id: 1 } }, true],
    [{ Vero: false }, false],
    [{ All: true, Vero: false }, false],
    [{ vero: false }, true],
    [{ 'Vero (old)': false }, false],
    [{ 'Vero (older)': false }, false],
    [{ All: false, 'Vero (old)': true }, true],
    [{ Vero: true, 'Vero (old)': false }, true],
    [{ Other: false }, true],
    [{ 'Segment.io': false }, true],
  ])('with integrations %o: %s; the object is sent as it is', async (integrations, gets) => {
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
        { alternativeNames: ['Vero (old)', 'Vero (older)'] },
      ),
    )
    await client.track({ userId: 'u1', event: 'E', integrations })
    expect(got).toEqual(gets ? ['E'] : [])
    const isSent = integrations?.['Segment.io'] !== false
    expect(collector.events().map(({ event }) => event.integrations)).toEqual(isSent ? [integrations ?? {}] : [])
  })
})

test('All: false keeps Segment on; only its own name switches it off, and the event then counts as delivered', async () => {
  const client = createClient(collector)
  const delivered: unknown[] = []
  client.on('track', (ctx) => delivered.push(ctx.event.event))
  client.track({ userId: 'u1', event: 'To all but Segment', integrations: { 'Segment.io': false } })
  client.track({ userId: 'u1', event: 'To Segment alone', integrations: { All: false } })
  expect(await client.flush()).toEqual({ delivered: 2, failed: 0 })
  expect(collector.events().map(({ event }) => event.event)).toEqual(['To Segment alone'])
  expect(delivered.toSorted()).toEqual(['To Segment alone', 'To all but Segment'])
})

test('plugins other than destinations are not switched by integrations', async () => {
  const client = createClient(collector)
  const ran: string[] = []
  for (const type of ['before', 'enrichment', 'after'] as const) {
    await client.register(
      createPlugin(type, type, (ctx) => {
        ran.push(type)
        return ctx
      }),
    )
  }
  await client.track({
    userId: 'u1',
    event: 'E',
    integrations: { All: false, before: false, enrichment: false, after: false },
  })
  expect(ran).toEqual(['before', 'enrichment', 'after'])
})

test('a plugin may switch destinations on and off, but not on again if the call switched them off', async () => {
  const client = createClient(collector)
  const got: string[] = []
  const destination = (name: string) =>
    createPlugin(name, 'destination', (ctx) => {
      got.push(name)
      return ctx
    })
  await client.register(
    createPlugin('router', 'enrichment', (ctx) => {
      ctx.updateEvent('integrations.Vero', false)
      ctx.updateEvent('integrations.Braze.id', 1)
      ctx.updateEvent('integrations.Mixpanel', { id: 2 })
      return ctx
    }),
    destination('Vero'),
    destination('Braze'),
    destination('Mixpanel'),
  )
  await client.track({ userId: 'u1', event: 'E', integrations: { All: false, Vero: true, Braze: false } })
  expect(got).toEqual(['Mixpanel'])
  expect(collector.events()[0]?.event.integrations).toEqual({
    All: false,
    Vero: false,
    Braze: false,
    Mixpanel: { id: 2 },
  })
})

test('an event only for a slow destination is pending until the destination has finished, and flush covers it', async () => {
  const client = createClient(collector)
  const got: unknown[] = []
  await client.register(
    createPlugin('Vero', 'destination', async (ctx) => {
      await settle()
      got.push(ctx.event.event)
      return ctx
    }),
  )
  client.track({ userId: 'u1', event: 'E', integrations: { 'Segment.io': false } })
  expect(client.pendingCount).toBe(1)
  expect(await client.flush()).toEqual({ delivered: 1, failed: 0 })
  expect(got).toEqual(['E'])
  expect(collector.requests()).toEqual([])
})
