import { equal, ok, only } from '../assert.ts'
import { type Case, failureOf, receivedEvents, receivedNames } from '../case.ts'

const LIMIT_BYTES = 32 * 1024

function circular(): Record<string, unknown> {
  const properties: Record<string, unknown> = { a: 1 }
  properties.self = properties
  return properties
}

const failToJSON = () => {
  throw new Error('toJSON failed')
}

const POISONS: [what: string, code: string, properties: () => Record<string, unknown>][] = [
  ['a circular reference', 'ERR_NOT_SERIALIZABLE', circular],
  ['a BigInt', 'ERR_NOT_SERIALIZABLE', () => ({ id: 10n })],
  ['a toJSON that throws', 'ERR_NOT_SERIALIZABLE', () => ({ price: { toJSON: failToJSON } })],
  [
    'a getter that throws',
    'ERR_NOT_SERIALIZABLE',
    () => Object.defineProperty({}, 'price', { enumerable: true, get: failToJSON }),
  ],
  ['40 KB', 'ERR_EVENT_TOO_LARGE', () => ({ text: 'x'.repeat(40_000) })],
  ['11,000 three-byte characters', 'ERR_EVENT_TOO_LARGE', () => ({ text: '語'.repeat(11_000) })],
]

export const poisonCases: Case[] = [
  ...POISONS.map(
    ([what, code, properties]): Case => ({
      name: `an event with ${what} fails alone, and the others are delivered`,
      async run({ lib, createClient, collector }) {
        const client = createClient()
        const told: unknown[] = []
        client.on('error', ({ ctx }) => told.push(ctx.event.event))
        client.track({ userId: 'u1', event: 'Before' })
        const poison = client.track({ userId: 'u1', event: 'Poison', properties: properties() })
        client.track({ userId: 'u1', event: 'After' })
        equal(await client.flush(), { delivered: 2, failed: 1 })
        equal((await failureOf(lib, poison)).code, code)
        equal(told, ['Poison'], 'what the error event told')
        equal(await receivedNames(collector), ['Before', 'After'])
        only(await collector.requests(), 'requests')
      },
    }),
  ),
  {
    name: 'an invalid Date among the properties becomes null, as in JSON',
    async run({ createClient, collector }) {
      await createClient().track({ userId: 'u1', event: 'E', properties: { at: new Date(Number.NaN) } })
      equal(only(await receivedEvents(collector)).properties, { at: null }, 'properties')
    },
  },
  {
    name: 'an event with an invalid Date as timestamp fails alone, and the others are delivered in one request',
    async run({ lib, createClient, collector }) {
      const client = createClient()
      client.track({ userId: 'u1', event: 'Before' })
      const bad = client.track({ userId: 'u1', event: 'Bad', timestamp: new Date(Number.NaN) })
      client.track({ userId: 'u1', event: 'After' })
      equal(await client.flush(), { delivered: 2, failed: 1 })
      equal((await failureOf(lib, bad)).code, 'ERR_INVALID_EVENT')
      equal(await receivedNames(collector), ['Before', 'After'], 'what arrives')
      only(await collector.requests(), 'requests')
    },
  },
  {
    name: 'a poison event is reported to its callback, never inside the call',
    async run({ lib, createClient }) {
      const client = createClient()
      const told: unknown[] = []
      client.track({ userId: 'u1', event: 'E', properties: { id: 1n } }, (error) => told.push(error))
      equal(told, [], 'told inside the call')
      await client.flush()
      const reason = only(told, 'callbacks')
      ok(reason instanceof lib.DeliveryError, `${String(reason)} is a DeliveryError`)
      ok(reason.cause instanceof TypeError, `its cause ${String(reason.cause)} is JSON's own error`)
    },
  },
  ...['x', 'é', '語', '🔑', '\ud83d', '"'].map(
    (character): Case => ({
      name: `the limit of 32 KB is exact to the byte, with ${JSON.stringify(character)}`,
      async run({ lib, createClient, collector }) {
        const client = createClient()
        const track = (text: string, messageId: string) =>
          client.track({
            userId: 'u1',
            event: 'E',
            timestamp: '2024-01-01T00:00:00.000Z',
            messageId,
            properties: { text },
          })
        await track('', 'm-0')
        const sizeOf = (event: unknown) => new TextEncoder().encode(JSON.stringify(event)).length
        const emptyBytes = sizeOf(only(await receivedEvents(collector)))
        const characterBytes = sizeOf(character) - sizeOf('')
        const count = Math.floor((LIMIT_BYTES - emptyBytes) / characterBytes)
        const filler = 'x'.repeat((LIMIT_BYTES - emptyBytes) % characterBytes)
        const text = character.repeat(count) + filler

        equal((await track(text, 'm-1')).status, 'delivered', 'at the limit')
        equal((await failureOf(lib, track(`${text}x`, 'm-2'))).code, 'ERR_EVENT_TOO_LARGE', 'one byte over it')
        equal((await receivedEvents(collector)).map(sizeOf), [emptyBytes, LIMIT_BYTES], 'sizes that arrived')
      },
    }),
  ),
  {
    name: "a batch is split before it exceeds Segment's limit",
    async run({ createClient, collector }) {
      const client = createClient({ flushAt: 100 })
      const text = '語'.repeat(10_000)
      for (let index = 0; index < 40; index++) client.track({ userId: 'u1', event: `E${index}`, properties: { text } })
      equal(await client.flush(), { delivered: 40, failed: 0 })
      equal((await receivedEvents(collector)).length, 40)
      const sizes = (await collector.requests()).map(({ bytes }) => bytes)
      ok(
        sizes.every((bytes) => bytes <= 500 * 1024),
        `sizes: ${sizes}`,
      )
      equal(sizes.length, 3, 'requests for 1.2 MB')
    },
  },
]
