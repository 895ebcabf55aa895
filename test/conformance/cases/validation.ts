import type { Analytics, Delivery, DeliveryError } from '../../../dist/index.js'
import { equal, ok, throws } from '../assert.ts'
import { type Case, failureOf, receivedEvents, receivedNames, toFailure } from '../case.ts'

const NO_ID = '.userId/anonymousId/previousId/groupId'

/** A call with something wrong in it, and the field that the error must name. */
type BadCall = [
  what: string,
  field: string,
  method: 'track' | 'identify' | 'page' | 'screen' | 'group' | 'alias',
  params: unknown,
]

/** What Segment's library throws for. */
const THROWING_CALLS: BadCall[] = [
  ['a track without an id', NO_ID, 'track', { event: 'E' }],
  ['an identify without an id', NO_ID, 'identify', { traits: {} }],
  ['a page whose ids are null', NO_ID, 'page', { userId: null, anonymousId: null }],
  ['a userId that is a number', '.userId', 'track', { userId: 42, event: 'E' }],
  ['an anonymousId that is an object', '.anonymousId', 'identify', { anonymousId: {} }],
  ['a userId that is a number beside a good anonymousId', '.userId', 'page', { userId: 1, anonymousId: 'a1' }],
  ['a groupId that is a number, without another id', '.groupId', 'group', { groupId: 7 }],
  ['a messageId that is a number', '.messageId', 'screen', { userId: 'u1', messageId: 5 }],
  ['a track without an event', '.event', 'track', { userId: 'u1' }],
  ['an event that is a number', '.event', 'track', { userId: 'u1', event: 5 }],
  ['properties that are an array', '.properties', 'track', { userId: 'u1', event: 'E', properties: [] }],
  ['traits that are a number', '.traits', 'identify', { userId: 'u1', traits: 1 }],
  ['traits that are a Date', '.traits', 'group', { userId: 'u1', groupId: 'g1', traits: new Date() }],
  ['no parameters at all', 'params', 'track', undefined],
  ['parameters that are a string', 'params', 'identify', 'u1'],
]

/** What Segment's library sends, and Segment drops or misreads. */
const FAILING_CALLS: BadCall[] = [
  ['a screen whose id is an empty string', NO_ID, 'screen', { userId: '' }],
  ['a groupId that is a number', '.groupId', 'group', { userId: 'u1', groupId: 7 }],
  ['a group without a groupId', '.groupId', 'group', { userId: 'u1' }],
  ['a previousId that is a number', '.previousId', 'alias', { userId: 'u1', previousId: 7 }],
  ['an alias without a previousId', '.previousId', 'alias', { userId: 'u1' }],
  ['an anonymousId that is a number beside a good userId', '.anonymousId', 'page', { userId: 'u1', anonymousId: 1 }],
  ['page properties that are a string', '.properties', 'page', { userId: 'u1', properties: 'p' }],
  ['screen properties that are a Map', '.properties', 'screen', { userId: 'u1', properties: new Map() }],
  ['a context that is an array', '.context', 'track', { userId: 'u1', event: 'E', context: [] }],
  ['a messageId of 101 characters', '.messageId', 'track', { userId: 'u1', event: 'E', messageId: 'm'.repeat(101) }],
  ['a timestamp that is a number', '.timestamp', 'track', { userId: 'u1', event: 'E', timestamp: 1_700_000_000 }],
  ['a timestamp in words', '.timestamp', 'track', { userId: 'u1', event: 'E', timestamp: 'yesterday' }],
  ['an invalid Date as timestamp', '.timestamp', 'identify', { userId: 'u1', timestamp: new Date(Number.NaN) }],
]

function call(client: Analytics, method: BadCall[2], params: unknown, callback?: unknown): Delivery {
  // A cast: these are the mistakes that types keep TypeScript users from making.
  return (client[method] as (params: unknown, callback: unknown) => Delivery).call(client, params, callback)
}

export const validationCases: Case[] = [
  ...THROWING_CALLS.map(
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
  ...FAILING_CALLS.map(
    ([what, field, method, params]): Case => ({
      name: `${what}: throws nothing, and fails its event with ERR_INVALID_EVENT and ${field}`,
      async run({ lib, createClient, collector }) {
        const client = createClient()
        const reason = await failureOf(lib, call(client, method, params))
        equal([reason.code, reason.field], ['ERR_INVALID_EVENT', field])
        ok(reason.message.startsWith(`${field} of ${method}`), `'${reason.message}' names the field and the event`)
        await client.track({ userId: 'u1', event: 'Good' })
        equal(await receivedNames(collector), ['Good'], 'what arrives')
      },
    }),
  ),
  {
    name: "with invalidEvents 'fail' no call throws: each invalid event fails with ERR_INVALID_EVENT and its field",
    async run({ lib, createClient, collector }) {
      const client = createClient({ invalidEvents: 'fail' })
      const calls = [...THROWING_CALLS, ...FAILING_CALLS]
      const errors: DeliveryError[] = []
      client.on('error', ({ reason }) => errors.push(toFailure(lib, reason)))
      const callbackErrors: unknown[] = []
      const deliveries = calls.map(([, , method, params]) =>
        call(client, method, params, (error: unknown) => callbackErrors.push(error)),
      )
      client.track({ userId: 'u1', event: 'Good' })
      equal(await client.flush(), { delivered: 1, failed: calls.length })
      const fields = calls.map(([, field]) => ['ERR_INVALID_EVENT', field])
      equal(
        errors.map(({ code, field }) => [code, field]),
        fields,
        'the error event',
      )
      ok(
        errors.every((error, index) => error === callbackErrors[index]),
        'each callback gets the same reason',
      )
      const outcomes = await Promise.all(deliveries)
      equal(
        outcomes.map(({ status, attempts, error }) => [status, attempts, error?.code]),
        calls.map(() => ['failed', 0, 'ERR_INVALID_EVENT']),
        'the outcomes',
      )
      equal(await receivedNames(collector), ['Good'], 'what arrives')
    },
  },
  {
    name: 'the message for an invalid track includes its event name',
    async run({ lib, createClient }) {
      const delivery = createClient().track({ userId: 'u1', event: 'Order Placed', timestamp: 'yesterday' })
      const { message } = await failureOf(lib, delivery)
      ok(message.startsWith(".timestamp of track 'Order Placed' must be "), message)
    },
  },
  {
    name: 'a callback that is not a function fails its event, which is not sent; null counts as no callback',
    async run({ lib, createClient, collector }) {
      const client = createClient()
      const reason = await failureOf(lib, call(client, 'track', { userId: 'u1', event: 'Bad' }, 'callback'))
      equal([reason.code, reason.field], ['ERR_INVALID_EVENT', 'callback'])
      await call(client, 'track', { userId: 'u1', event: 'Good' }, null)
      equal(await receivedNames(collector), ['Good'], 'what arrives')
    },
  },
  {
    name: 'a timestamp may be a Date, an ISO 8601 string, or an object that JSON reads as one',
    async run({ createClient, collector }) {
      const client = createClient()
      const text = '2024-02-29T12:34:56.789Z'
      const timestamps = [new Date(text), text, { toJSON: () => text }, '2024-02-29T12:34:56+02:00', '2024-02-29']
      // A cast: the third is a date library's.
      for (const timestamp of timestamps as Date[]) client.track({ userId: 'u1', event: 'E', timestamp })
      await client.flush()
      equal(
        (await receivedEvents(collector)).map(({ timestamp }) => timestamp),
        [text, text, text, '2024-02-29T12:34:56+02:00', '2024-02-29'],
      )
    },
  },
  {
    name: 'a messageId of 100 characters and an object without a prototype are accepted',
    async run({ createClient, collector }) {
      const properties = Object.assign(Object.create(null), { a: 1 })
      await createClient().track({ userId: 'u1', event: 'Good', messageId: 'm'.repeat(100), properties })
      equal(await receivedNames(collector), ['Good'], 'what arrives')
    },
  },
  {
    name: 'a call that throws notifies neither its callback nor the error event',
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
