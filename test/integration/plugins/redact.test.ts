import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Analytics as DropIn, redact as dropInRedact } from '../../../runtimes/segment/index.ts'
import { type RedactOptions, redact, ValidationError } from '../../../src/index.ts'
import { createClient, openCollector } from '../../support/client.ts'

const collector = await openCollector()

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

async function track(options: RedactOptions, params: object) {
  const client = createClient(collector)
  await client.register(redact(options))
  // The cast: the tests give fields by name.
  client.track({ userId: 'u1', event: 'E', ...params } as never)
  await client.flush()
  return collector.events()[0]?.event
}

describe('redact', () => {
  test('drops the value at a path, and keeps the rest', async () => {
    const properties = { card: '4242', nested: { a: 1, b: [{ pin: 1, x: 2 }] } }
    const event = await track(
      { drop: ['properties.card', 'properties.nested.b.0.pin', 'properties.none.deep', 'context.ip'] },
      { properties, context: { ip: '192.0.2.1', locale: 'en' } },
    )
    expect(event?.properties).toEqual({ nested: { a: 1, b: [{ x: 2 }] } })
    expect(event?.context).toEqual({ locale: 'en', library: expect.anything() })
    expect(properties.card).toBe('4242')
  })

  test('hashes text as it is, anything else as JSON, and nothing if nothing is there', async () => {
    const event = await track(
      { hash: ['properties.email', 'properties.list', 'properties.none', 'properties.nil', 'userId'] },
      { properties: { email: 'jane@example.com', list: [1, 'é'], nil: null } },
    )
    expect(event?.userId).toBe(sha256('u1'))
    expect(event?.properties).toEqual({ email: sha256('jane@example.com'), list: sha256('[1,"é"]'), nil: null })
  })

  test('keeps only the named fields of the objects that hold them, and other objects whole', async () => {
    const event = await track(
      { keep: ['properties.plan', 'properties.nested.a', 'properties.none'], drop: ['properties.nested.none'] },
      { properties: { plan: 'pro', email: 'x', nested: { a: 1, b: 2 } }, context: { locale: 'en' } },
    )
    expect(event?.properties).toEqual({ plan: 'pro', nested: { a: 1 } })
    expect(event?.context).toMatchObject({ locale: 'en' })
  })

  test('keeps all of an object that is named itself', async () => {
    const event = await track({ keep: ['properties', 'properties.plan'] }, { properties: { plan: 'pro', email: 'x' } })
    expect(event?.properties).toEqual({ plan: 'pro', email: 'x' })
  })

  test('works with each type of event, and with the drop-in', async () => {
    const client = new DropIn({ writeKey: 'k', host: collector.url })
    await client.register(dropInRedact({ drop: ['traits.email', 'properties.email'] }))
    const secret = { email: 'jane@example.com', n: 1 }
    client.track({ userId: 'u1', event: 'E', properties: secret })
    client.page({ userId: 'u1', properties: secret })
    client.screen({ userId: 'u1', properties: secret })
    client.identify({ userId: 'u1', traits: secret })
    client.group({ userId: 'u1', groupId: 'g1', traits: secret })
    await client.closeAndFlush()
    expect(collector.events().map(({ event }) => event.properties ?? event.traits)).toEqual(Array(5).fill({ n: 1 }))
  })

  test.each<[object, string]>([
    [{ drop: 'traits.email' }, 'drop'],
    [{ hash: [5] }, 'hash'],
    [{ keep: ['email'] }, 'keep'],
    [{ drop: ['properties.constructor.name'] }, 'drop'],
    [{ drop: ['properties.'] }, 'drop'],
    [{ drop: ['messageId'] }, 'drop'],
  ])('throws for %j, and names %s', (options, field) => {
    expect(() => redact(options)).toThrow(ValidationError)
    expect(() => redact(options)).toThrow(expect.objectContaining({ field }))
  })

  test('throws for an unknown option, and says which is meant', () => {
    // A cast: the mistake is the point.
    expect(() => redact({ drops: ['traits.email'] } as never)).toThrow(
      "'drops' is not a setting and has no effect: did you mean 'drop'?",
    )
  })

  test.each([undefined, null, ['properties.plan']])('throws for %j instead of an object of options', (options) => {
    // A cast: the mistake is the point.
    expect(() => redact(options as never)).toThrow('options must be an object')
  })
})
