import fc from 'fast-check'
import { HOOKS } from '../support/plugins.ts'
import { Recipe } from './recipe.ts'

export type Method = (typeof HOOKS)[number]

export interface Call {
  readonly method: Method
  /** Whatever a program in JavaScript may pass; with recipes, see `realize()`. */
  readonly params: unknown
}

/** What plugins a program registers before its calls. */
export type PluginKind = 'none' | 'enrichment' | 'slow enrichment' | 'failing enrichment' | 'before' | 'destination'

export interface Program {
  readonly flushAt: number
  readonly plugin: PluginKind
  readonly calls: readonly Call[]
}

/** The `userId` of events that the `before` plugin drops. */
export const DROPPED = 'dropped'

class Money {
  readonly amount = 5
  readonly currency = 'EUR'
}

/** Like a document of an object mapper, whose `toJSON` leaves out secret fields. */
export class UserDocument {
  readonly email = 'a@example.com'
  readonly passwordHash = 'secret'

  toJSON(): object {
    return { email: this.email }
  }
}

const text = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'u1',
    'Item Purchased',
    'ünï¢øde',
    '日本',
    '👩‍👩‍👧',
    '\u0000',
    '\ud800',
    '"\\\n',
    '__proto__',
    DROPPED,
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
)

const scalar = fc.oneof(
  text,
  fc.constantFrom(
    undefined,
    null,
    true,
    false,
    0,
    -0,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.MAX_SAFE_INTEGER,
  ),
  fc.constantFrom(new Date(0), new Date(Number.NaN), new Date('2020-02-29T12:00:00Z')),
)

const odd = fc
  .constantFrom<() => unknown>(
    () => new Money(),
    () => new UserDocument(),
    () => new Map([['a', 1]]),
    () => new Set([1]),
    () => /x/,
    () => () => 'a function',
    () => Symbol('s'),
    () => Object.create(null, { bare: { value: 1, enumerable: true } }),
    () => ({ toJSON: () => ({ replaced: true }) }),
  )
  .map((make) => new Recipe(make))

const key = fc.constantFrom(
  'a',
  'name',
  'category',
  '',
  'a.b',
  'toString',
  'constructor',
  '__proto__',
  'prototype',
  'hasOwnProperty',
  'length',
  '0',
  'ключ',
)

const { value, record } = fc.letrec<{ value: unknown; record: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: odd },
    { weight: 2, arbitrary: tie('record') },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
  ),
  record: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
}))

/** Mostly what is meant, sometimes anything. */
const mostly = (meant: fc.Arbitrary<unknown>, anything: fc.Arbitrary<unknown> = value) =>
  fc.oneof(
    { weight: 5, arbitrary: meant },
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: anything },
  )

const id = mostly(
  fc.constantFrom('u1', 'u2', 'ünï¢øde', DROPPED, 'x'.repeat(200)),
  fc.oneof(text, scalar, record, fc.constant([])),
)
/** The reference makes an object under this key the prototype, and may then not be able to send the event. */
const tame = record.map((fields) => {
  const entries = Object.entries(fields)
  return Object.fromEntries(entries.filter(([name, field]) => name !== '__proto__' || Object(field) !== field))
})
const data = mostly(tame, fc.oneof(scalar, odd, fc.array(value, { maxLength: 3 })))
const timestamp = mostly(
  fc.constantFrom<unknown>(
    new Date('2019-05-04T03:02:01Z'),
    '2019-05-04T03:02:01.000Z',
    '2019-05-04',
    1_500_000_000_000,
    '',
  ),
  fc.constantFrom<unknown>(null, 0, false, new Date(Number.NaN), {}, 'yesterday'),
)
const integrations = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom<unknown>(
    {},
    { All: false },
    { All: false, Vero: true },
    { Vero: { id: 1 } },
    { All: true, Vero: false },
    null,
    [],
    [true],
    'ab',
    5,
  ),
  tame,
)
/** A `library` of the caller's is not generated: what is in it gives way to the SDK's in both. */
const context = mostly(
  fc.oneof(
    record,
    fc.constantFrom(
      { ip: '192.0.2.1', traits: { email: 'a@example.com' } },
      { library: { name: 'mine', flavour: 'x' } },
    ),
  ),
)
const messageId = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>('m1', 'm'.repeat(100), 'm'.repeat(101), '', null, 0, false, 5, {}) },
)

const params = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record(
      {
        userId: id,
        anonymousId: id,
        groupId: id,
        previousId: id,
        event: mostly(text),
        name: mostly(text),
        category: mostly(text),
        properties: data,
        traits: data,
        context,
        timestamp,
        integrations,
        messageId,
        surplus: value,
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom<unknown>(undefined, null, 'u1', 5, []), odd) },
)

export const program: fc.Arbitrary<Program> = fc.record({
  flushAt: fc.constantFrom(1, 2, 3, 15),
  plugin: fc.constantFrom<PluginKind>(
    'none',
    'none',
    'none',
    'enrichment',
    'slow enrichment',
    'failing enrichment',
    'before',
    'destination',
  ),
  calls: fc.array(fc.record({ method: fc.constantFrom(...HOOKS), params }), {
    minLength: 1,
    maxLength: 12,
    size: 'max',
  }),
})
