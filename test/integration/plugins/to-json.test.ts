// A document of an object mapper hides fields by its toJSON. What it hides is never sent, and what plugins add arrives.
import { describe, expect, test } from 'vitest'
import type { Analytics, Context, IntegrationsOptions } from '../../../src/index.ts'
import { createClient, openCollector } from '../../support/client.ts'
import { createPlugin, trackWithContext } from '../../support/plugins.ts'

const collector = await openCollector()

class UserDocument {
  readonly #fields = { email: 'a@example.com', passwordHash: 'SECRET' }
  /** As Mongoose keeps them: in a field that a spread copies. */
  readonly _doc = this.#fields

  toJSON(): object {
    return { email: this.#fields.email }
  }
}

const SHOWN = { email: 'a@example.com' }

/** Where a call may have a document, and where it arrives. The casts of the parameters are not needed: a document is an object. */
const PLACES: readonly [what: string, path: string, call: (client: Analytics) => unknown][] = [
  ['traits of identify', 'traits', (client) => client.identify({ userId: 'u1', traits: new UserDocument() })],
  ['traits of group', 'traits', (client) => client.group({ userId: 'u1', groupId: 'g1', traits: new UserDocument() })],
  [
    'properties of track',
    'properties',
    (client) => client.track({ userId: 'u1', event: 'E', properties: new UserDocument() }),
  ],
  ['properties of page', 'properties', (client) => client.page({ userId: 'u1', properties: new UserDocument() })],
  ['properties of screen', 'properties', (client) => client.screen({ userId: 'u1', properties: new UserDocument() })],
  [
    'a field of properties',
    'properties.user',
    (client) => client.track({ userId: 'u1', event: 'E', properties: { user: new UserDocument() } }),
  ],
  [
    'an element of a list',
    'properties.users.0',
    (client) => client.track({ userId: 'u1', event: 'E', properties: { users: [new UserDocument()] } }),
  ],
  [
    'a document that another hides itself behind',
    'properties.user',
    (client) =>
      client.track({
        userId: 'u1',
        event: 'E',
        properties: { toJSON: () => ({ user: new UserDocument() }), secret: 'SECRET' },
      }),
  ],
  [
    'context.traits',
    'context.traits',
    (client) => client.track({ userId: 'u1', event: 'E', context: { traits: new UserDocument() } }),
  ],
  ['context', 'context', (client) => client.track({ userId: 'u1', event: 'E', context: new UserDocument() })],
  [
    'integrations',
    'integrations',
    // A cast: no such thing is meant, and programs in JavaScript do it.
    (client) =>
      client.track({ userId: 'u1', event: 'E', integrations: new UserDocument() as unknown as IntegrationsOptions }),
  ],
  [
    'the context of a scope, merged with that of the call',
    'context',
    (client) =>
      client.scope({ context: new UserDocument() }).track({ userId: 'u1', event: 'E', context: { ip: '192.0.2.1' } }),
  ],
  [
    'the context of a call, merged with that of its scope',
    'context',
    (client) =>
      client.scope({ context: { ip: '192.0.2.1' } }).track({ userId: 'u1', event: 'E', context: new UserDocument() }),
  ],
]

function at(path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => Object(value)[key], collector.events()[0]?.event)
}

const bodies = () => JSON.stringify(collector.events().map(({ event }) => event))

describe.each(PLACES)('%s', (_what, path, call) => {
  test('hides fields that its toJSON leaves out', async () => {
    const client = createClient(collector)
    await call(client)
    await client.flush()
    expect(bodies()).not.toContain('SECRET')
    expect(at(path)).toMatchObject(SHOWN)
  })

  test.each(['before', 'enrichment'] as const)(
    'also hides that from a %s plugin, and keeps what the plugin adds',
    async (type) => {
      const client = createClient(collector)
      const seen: string[] = []
      await client.register(
        createPlugin('enricher', type, (ctx) => {
          seen.push(
            JSON.stringify(ctx),
            Object.keys(Object(path.split('.').reduce<unknown>((value, key) => Object(value)[key], ctx.event))).join(),
          )
          ctx.updateEvent(`${path}.region`, 'eu')
          return ctx
        }),
      )
      await call(client)
      await client.flush()
      expect(bodies()).not.toContain('SECRET')
      expect(seen.join()).not.toContain('SECRET')
      expect(seen.join()).not.toContain('_doc')
      expect(at(path)).toMatchObject({ ...SHOWN, region: 'eu' })
    },
  )

  test('hides that from destinations, after plugins, callbacks and listeners', async () => {
    const client = createClient(collector)
    const seen: unknown[] = []
    const look = (ctx: Context) => {
      seen.push(JSON.stringify(ctx.event))
      return ctx
    }
    await client.register(createPlugin('destination', 'destination', look), createPlugin('after', 'after', look))
    for (const type of ['track', 'identify', 'page', 'screen', 'group'] as const) client.on(type, look)
    await call(client)
    await client.flush()
    expect(seen).toHaveLength(3)
    expect(seen.join()).not.toContain('SECRET')
  })
})

test('page hides what toJSON leaves out even when the category is merged into its properties', async () => {
  const client = createClient(collector)
  await client.page({ userId: 'u1', name: 'n', category: 'c', properties: new UserDocument() })
  expect(bodies()).not.toContain('SECRET')
  expect(at('properties')).toEqual({ ...SHOWN, category: 'c' })
})

test('an object that a plugin puts into the event is read as JSON, even by a later update inside it', async () => {
  const client = createClient(collector)
  await client.register(
    createPlugin('one', 'enrichment', (ctx) => {
      ctx.updateEvent('properties.user', new UserDocument())
      ctx.updateEvent('context.user', new UserDocument())
      return ctx
    }),
    createPlugin('two', 'enrichment', (ctx) => {
      ctx.updateEvent('properties.user.region', 'eu')
      ctx.updateEvent('context.user.region', 'eu')
      return ctx
    }),
  )
  const { outcome } = await trackWithContext(client, 'E')
  expect(outcome.status).toBe('delivered')
  expect(bodies()).not.toContain('SECRET')
  expect([at('properties.user'), at('context.user')]).toEqual(Array(2).fill({ ...SHOWN, region: 'eu' }))
})

test('a toJSON that throws fails only its own event with ERR_NOT_SERIALIZABLE, at any depth', async () => {
  const client = createClient(collector)
  client.on('error', () => {})
  const bad = {
    toJSON() {
      throw new Error('not today')
    },
  }
  const outcomes = [
    client.track({ userId: 'u1', event: 'E', properties: bad }),
    client.track({ userId: 'u1', event: 'E', properties: { deep: [bad] } }),
    client.track({ userId: 'u1', event: 'E', context: bad }),
    client.track({ userId: 'u1', event: 'E', integrations: bad as unknown as IntegrationsOptions }),
    client.page({ userId: 'u1', category: 'c', properties: bad }),
    client.identify({ userId: 'u1', traits: bad }),
    client.track({ userId: 'u1', event: 'Good' }),
  ]
  const codes = (await Promise.all(outcomes)).map(({ error }) => error?.code)
  expect(codes).toEqual([...Array(6).fill('ERR_NOT_SERIALIZABLE'), undefined])
  expect(collector.events().map(({ event }) => event.event)).toEqual(['Good'])
})
