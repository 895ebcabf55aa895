import { describe, expect, it } from 'vitest'
import { Analytics, type OptionalIdentity } from '../../../src/index.ts'
import { createClient, openCollector, recordErrors } from '../../support/client.ts'

const collector = await openCollector()

const received = () => collector.events().map(({ event }) => event)

describe('defaults', () => {
  it('are merged under the fields of each call', async () => {
    const defaults = { properties: { plan: 'pro', app: 'web' }, traits: { tier: 1 }, context: { ip: '192.0.2.1' } }
    const client = createClient(collector, { defaults })
    client.track({ userId: 'u1', event: 'A', properties: { plan: 'free', n: 1 }, context: { locale: 'en' } })
    client.page({ userId: 'u1', name: 'Home' })
    client.screen({ userId: 'u1' })
    client.identify({ userId: 'u1', traits: { name: 'Jane' } })
    client.group({ userId: 'u1', groupId: 'g1' })
    client.alias({ userId: 'u1', previousId: 'p1' })
    await client.flush()
    const [track, page, screen, identify, group, alias] = received()
    expect(track).toMatchObject({
      properties: { plan: 'free', app: 'web', n: 1 },
      context: { ip: '192.0.2.1', locale: 'en' },
    })
    for (const view of [page, screen]) expect(view?.properties).toEqual({ plan: 'pro', app: 'web' })
    expect([identify?.traits, group?.traits]).toEqual([{ tier: 1, name: 'Jane' }, { tier: 1 }])
    expect(alias).toMatchObject({ context: { ip: '192.0.2.1' } })
    expect([alias?.properties, alias?.traits]).toEqual([undefined, undefined])
    expect(defaults.properties).toEqual({ plan: 'pro', app: 'web' })
  })

  it('of a scope are merged over those of its client, and under its context', async () => {
    const client = createClient(collector, { defaults: { properties: { a: 1, b: 1 }, context: { x: 1, y: 1, z: 1 } } })
    const scope = client.scope({
      userId: 'u1',
      defaults: { properties: { b: 2, c: 2 }, context: { y: 2, z: 2 } },
      context: { z: 3 },
    })
    scope.track({ event: 'A', properties: { c: 3 } })
    await scope.flush()
    expect(received()).toMatchObject([{ properties: { a: 1, b: 2, c: 3 }, context: { x: 1, y: 2, z: 3 } }])
  })

  it('leave a value that is not an object to validation', async () => {
    const client = createClient(collector, { defaults: { properties: { a: 1 } } })
    const errors = recordErrors(client)
    // A cast: the mistake is the point.
    await client.page({ userId: 'u1', properties: 'abc' } as never)
    expect(errors).toMatchObject([{ reason: { field: '.properties' } }])
    expect(() => client.track({ userId: 'u1', event: 'A', properties: [] })).toThrow('.properties')
  })

  it('convert objects with their toJSON', async () => {
    const document = { secret: 1, toJSON: () => ({ shown: 1 }) }
    const client = createClient(collector, { defaults: { properties: document } })
    client.track({ userId: 'u1', event: 'A', properties: { own: 1 } })
    await client.flush()
    expect(received()[0]?.properties).toEqual({ shown: 1, own: 1 })
  })

  it.each([
    [null, 'defaults'],
    ['x', 'defaults'],
    [{ properties: [] }, 'defaults.properties'],
    [{ traits: 5 }, 'defaults.traits'],
    [{ context: null }, 'defaults.context'],
  ])('of %j throw and name %s', (defaults, field) => {
    // Casts: the mistakes are the point.
    expect(() => createClient(collector, { defaults: defaults as never })).toThrow(expect.objectContaining({ field }))
    const client = createClient(collector)
    expect(() => client.scope({ defaults: defaults as never })).toThrow(expect.objectContaining({ field }))
  })
})

describe('the setting anonymousId', () => {
  it('creates the id of each event that has none', async () => {
    let count = 0
    const anonymousId = () => `a${++count}`
    const client = new Analytics<OptionalIdentity>({ writeKey: 'k', host: collector.url, anonymousId })
    const userId = process.env.NO_SUCH_USER
    client.track({ userId, event: 'A' })
    client.identify({ userId: '', anonymousId: undefined })
    client.track({ userId: 'u1', event: 'B' })
    client.track({ anonymousId: 'own', event: 'C' })
    client.group({ groupId: 'g1' })
    client.alias({ userId: 'u1', previousId: 'p1' })
    client.scope({ userId: 'u2' }).track({ event: 'D' })
    await client.flush()
    expect(received().map(({ userId, anonymousId }) => userId || anonymousId)).toEqual([
      'a1',
      'a2',
      'u1',
      'own',
      'a3',
      'u1',
      'u2',
    ])
    expect(count).toBe(3)
  })

  it('fails only the event for which it throws or returns no text', async () => {
    const returns = [
      () => 5,
      () => {
        throw new Error('no id')
      },
    ]
    for (const anonymousId of returns) {
      const client = createClient(collector, { anonymousId: anonymousId as never, invalidEvents: 'fail' })
      const errors = recordErrors(client)
      client.track({ event: 'A' } as never)
      client.track({ userId: 'u1', event: 'B' })
      expect(await client.flush()).toEqual({ delivered: 1, failed: 1 })
      expect(errors[0]?.reason).toMatchObject({ code: 'ERR_INVALID_EVENT', field: '.anonymousId' })
    }
  })
})
