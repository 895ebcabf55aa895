import type { Analytics } from '../../../dist/index.js'
import { equal, ok, throws } from '../assert.ts'
import { type Case, receivedNames } from '../case.ts'

const NO_ID = '.userId/anonymousId/previousId/groupId'

/** A call with something wrong in it, and the field that the error must name. */
type BadCall = [
  what: string,
  field: string,
  method: 'track' | 'identify' | 'page' | 'screen' | 'group' | 'alias',
  params: unknown,
]

const BAD_CALLS: BadCall[] = [
  ['a track without an id', NO_ID, 'track', { event: 'E' }],
  ['an identify without an id', NO_ID, 'identify', { traits: {} }],
  ['a page whose ids are null', NO_ID, 'page', { userId: null, anonymousId: null }],
  ['a screen whose id is an empty string', NO_ID, 'screen', { userId: '' }],
  ['a userId that is a number', '.userId', 'track', { userId: 42, event: 'E' }],
  ['an anonymousId that is an object', '.anonymousId', 'identify', { anonymousId: {} }],
  ['a userId that is a number beside a good anonymousId', '.userId', 'page', { userId: 1, anonymousId: 'a1' }],
  ['a groupId that is a number', '.groupId', 'group', { userId: 'u1', groupId: 7 }],
  ['a previousId that is a number', '.previousId', 'alias', { userId: 'u1', previousId: 7 }],
  ['a track without an event', '.event', 'track', { userId: 'u1' }],
  ['an event that is a number', '.event', 'track', { userId: 'u1', event: 5 }],
  ['properties that are an array', '.properties', 'track', { userId: 'u1', event: 'E', properties: [] }],
  ['properties that are a string', '.properties', 'page', { userId: 'u1', properties: 'p' }],
  ['properties that are a Map', '.properties', 'screen', { userId: 'u1', properties: new Map() }],
  ['traits that are a number', '.traits', 'identify', { userId: 'u1', traits: 1 }],
  ['traits that are a Date', '.traits', 'group', { userId: 'u1', groupId: 'g1', traits: new Date() }],
  ['a messageId of 101 characters', '.messageId', 'track', { userId: 'u1', event: 'E', messageId: 'm'.repeat(101) }],
  ['no parameters at all', 'params', 'track', undefined],
  ['parameters that are a string', 'params', 'identify', 'u1'],
]

function call(client: Analytics, method: BadCall[2], params: unknown, callback?: unknown): unknown {
  // A cast: these are the mistakes that types keep TypeScript users from making.
  return (client[method] as (params: unknown, callback: unknown) => unknown).call(client, params, callback)
}

export const validationCases: Case[] = [
  ...BAD_CALLS.map(
    ([what, field, method, params]): Case => ({
      name: `${what}: throws at once and names ${field}`,
      async run({ lib, createClient, collector }) {
        const client = createClient()
        const error = throws(() => call(client, method, params))
        ok(error instanceof lib.ValidationError, `${String(error)} is a ValidationError`)
        ok(error instanceof Error, 'it is an Error')
        equal([error.name, error.code, error.field], ['ValidationError', 'ERR_VALIDATION', field])
        ok(error.message.includes(field), `'${error.message}' names the field`)
        await client.track({ userId: 'u1', event: 'Good' })
        equal(await receivedNames(collector), ['Good'], 'what arrives')
      },
    }),
  ),
  {
    name: 'a callback that is no function throws at once, and its event is not sent',
    async run({ lib, createClient, collector }) {
      const client = createClient()
      const error = throws(() => call(client, 'track', { userId: 'u1', event: 'Bad' }, 'callback'))
      ok(error instanceof lib.ValidationError, `${String(error)} is a ValidationError`)
      equal(error.field, 'callback')
      await client.track({ userId: 'u1', event: 'Good' })
      equal(await receivedNames(collector), ['Good'], 'what arrives')
    },
  },
  {
    name: 'a messageId of 100 characters is fine, and so is an object without a prototype',
    async run({ createClient, collector }) {
      const properties = Object.assign(Object.create(null), { a: 1 })
      await createClient().track({ userId: 'u1', event: 'Good', messageId: 'm'.repeat(100), properties })
      equal(await receivedNames(collector), ['Good'], 'what arrives')
    },
  },
  {
    name: 'a rejected call reaches neither its callback nor the error event',
    async run({ createClient }) {
      const told: unknown[] = []
      const client = createClient()
      client.on('error', (error) => told.push(error))
      throws(() => call(client, 'track', { userId: 'u1' }, (...args: unknown[]) => told.push(args)))
      equal(await client.flush(), { delivered: 0, failed: 0 })
      equal(told, [], 'told')
    },
  },
]
