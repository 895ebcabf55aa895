import { describe, expect, it, test } from 'vitest'
import { createLinter } from '../../collector/lint/index.ts'

const AT = { receivedAt: '2026-01-02T03:04:05.000Z', sentAt: '2026-01-02T03:04:05.000Z' }
const BASE = { messageId: 'm1', userId: 'u1', timestamp: '2026-01-02T03:04:04.000Z' }

/** `rule path` of each finding. */
function lint(event: Record<string, unknown>, context = AT): string[] {
  return createLinter()({ ...BASE, ...event }, context).map(({ rule, path }) => `${rule} ${path}`)
}
const track = (event: string, properties: unknown = {}) => lint({ type: 'track', event, properties })

test('an event that follows the spec has no findings', () => {
  const products = [{ product_id: 'p1', price: 9.5, quantity: 1, name: 'Pen' }]
  expect(track('Order Completed', { order_id: 'o1', revenue: 25, currency: 'EUR', products })).toEqual([])
  const address = { city: 'Rome', postalCode: '00100' }
  const traits = {
    email: 'a@b.co',
    age: 7,
    createdAt: '2026-01-02',
    company: { id: 'c' },
    address,
    plan: 'pro',
    own: [],
  }
  expect(lint({ type: 'identify', traits })).toEqual([])
  expect(lint({ type: 'group', groupId: 'g', traits: { employees: 7, plan: 'pro', industry: 'x' } })).toEqual([])
})

describe('reserved traits', () => {
  it.each([
    ['identify', { age: '7' }, 'age'],
    ['identify', { createdAt: 1_767_322_445 }, 'createdAt'],
    ['identify', { birthday: 'yesterday' }, 'birthday'],
    ['identify', { email: 'nobody' }, 'email'],
    ['identify', { company: 'ACME' }, 'company'],
    ['identify', { address: 'Rome' }, 'address'],
    ['identify', { phone: 39_061_234 }, 'phone'],
    ['group', { employees: [] }, 'employees'],
    ['group', { plan: { name: 'pro' } }, 'plan'],
  ])('of the wrong type are found in %s %o', (type, traits, name) => {
    expect(lint({ type, traits })).toEqual([`reserved-trait traits.${name}`])
  })

  it('are also checked in context.traits of a track', () => {
    expect(lint({ type: 'track', event: 'A', context: { traits: { age: '7' } } })).toEqual([
      'reserved-trait context.traits.age',
    ])
  })

  it('may be null, and a trait called constructor is not reserved', () => {
    expect(
      lint({ type: 'identify', traits: JSON.parse('{"age":null,"constructor":1,"__proto__":{"age":"x"}}') }),
    ).toEqual([])
  })

  it('are found in another spelling', () => {
    expect(lint({ type: 'identify', traits: { first_name: 'Ada', CreatedAt: '2026' } })).toEqual([
      'trait-name traits.first_name',
      'trait-name traits.CreatedAt',
    ])
  })
})

describe('properties', () => {
  it.each(['25', '25.00', '$25', '25 EUR', '1,000.50'])('with a number as text are found: %s', (amount) => {
    expect(track('A', { revenue: amount, products: [{ price: amount }] })).toEqual([
      'number-as-text properties.revenue',
      'number-as-text properties.products[0].price',
    ])
  })

  it('called value or shipping may be words', () => {
    expect(track('A', { value: 'blue', shipping: 'express', total: '' })).toEqual([])
  })

  it.each(['orderId', 'OrderID', 'orderid', 'order-id'])(
    'called %s are found, which the spec calls order_id',
    (name) => {
      expect(track('A', { [name]: 1, products: [{ productId: 1 }] })).toEqual([
        `property-name properties.${name}`,
        'property-name properties.products[0].productId',
      ])
    },
  )

  it.each(['usd', 'Dollar', '€', 840])('with an invalid ISO 4217 currency are found: %s', (currency) => {
    expect(track('A', { currency })).toEqual(['currency properties.currency'])
  })
})

describe('names of events', () => {
  it.each([
    ['Order Complete', 'Order Completed'],
    ['order completed', 'Order Completed'],
    ['order_completed', 'Order Completed'],
    ['orderCompleted', 'Order Completed'],
    ['Completed Order', 'Order Completed'],
    ['Order Complted', 'Order Completed'],
    ['Order Canceled', 'Order Cancelled'],
    ['Product Add', 'Product Added'],
    ['Products Viewed', 'Product Viewed'],
    ['Signup', undefined],
    ['Sign Up', 'Signed Up'],
    ['Checkout Start', 'Checkout Started'],
    ['Order Completed', undefined],
    ['Product Saved', undefined],
    ['Report Exported', undefined],
    ['Order Packed', undefined],
    ['Ordre Complétée', undefined],
  ])('such as %s suggest %s', (name, meant) => {
    const findings = createLinter()({ ...BASE, type: 'track', event: name }, AT)
    expect(findings.map(({ message }) => /nearly "(.+?)"/.exec(message)?.[1])).toEqual(
      meant === undefined ? [] : [meant],
    )
  })

  it.each([
    'ada@example.com signed up',
    'Order 4711234 Placed',
    'Opened 3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    'Opened 507f1f77bcf86cd799439011',
  ])('with variable parts are found: %s', (name) => expect(track(name)).toEqual(['variable-event-name event']))

  it('may contain a year or a small number', () => {
    expect([...track('Survey 2026 Answered'), ...track('Step 2 Done'), ...track('Decade Facade Added')]).toEqual([])
  })

  it('take no time if they are very long', () => {
    const started = performance.now()
    expect(track('@.'.repeat(15_000))).toEqual(['long-event-name event'])
    expect(track('x@'.repeat(90))).toEqual([])
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('ids', () => {
  it.each(['undefined', 'null', 'NaN', '[object Object]', 'None', ' undefined'])(
    'such as %s identify no user',
    (id) => {
      expect(lint({ type: 'page', userId: id, anonymousId: id })).toEqual([
        'id-of-nobody userId',
        'id-of-nobody anonymousId',
      ])
    },
  )

  it('with white space differ', () => expect(lint({ type: 'page', userId: 'u1 ' })).toEqual(['id-with-space userId']))
})

describe('ids of a server and a browser', () => {
  const browser = { library: { name: 'analytics.js', version: '1' } }
  const server = { library: { name: 'analytics-edge', version: '1' } }
  const rules = (...events: object[]) => {
    const lintNext = createLinter()
    return events.map((event) =>
      lintNext({ type: 'track', event: 'A', timestamp: BASE.timestamp, ...event }, AT).map(
        ({ rule, path }) => `${rule} ${path}`,
      ),
    )
  }

  it('disagree if one user has two anonymous ids', () => {
    const [, second] = rules(
      { userId: 'u1', anonymousId: 'a1', context: browser },
      { userId: 'u1', anonymousId: 'a2', context: server },
    )
    expect(second).toEqual(['ids-disagree anonymousId'])
  })

  it('disagree if one visitor has two user ids', () => {
    const [, second] = rules(
      { userId: 'u1', anonymousId: 'a1', context: server },
      { userId: 'U-1', anonymousId: 'a1', context: browser },
    )
    expect(second).toEqual(['ids-disagree userId'])
  })

  it('agree if they are the same on both sides, or belong to two visitors of one side', () => {
    const findings = rules(
      { userId: 'u1', anonymousId: 'a1', context: browser },
      { userId: 'u1', anonymousId: 'a1', context: server },
      { userId: 'u2', anonymousId: 'a2', context: browser },
      { userId: 'u2', anonymousId: 'a3', context: browser },
      { userId: null, anonymousId: 'a1', context: server },
    )
    expect(findings.flat()).toEqual([])
  })
})

describe('times', () => {
  const at = (timestamp: string, context?: typeof AT) => lint({ type: 'page', timestamp }, context)

  it('in the future are found', () => {
    expect(at('2026-01-02T04:04:05.000Z')).toEqual(['future-timestamp timestamp'])
    expect(at('2026-01-02T03:04:35.000Z')).toEqual([])
  })

  it('are corrected by sentAt, so a wrong clock does not put them in the future', () => {
    const sentAt = '2026-01-02T05:04:05.000Z'
    expect(at('2026-01-02T05:04:04.000Z', { ...AT, sentAt })).toEqual([])
  })

  it('in seconds instead of milliseconds are found', () => {
    expect(at(new Date(1_767_322_445).toISOString())).toEqual(['ancient-timestamp timestamp'])
  })
})

test('anything but an event has no findings, and no event has more than 50', () => {
  const lintNext = createLinter()
  for (const value of [null, 1, 'x', [], true]) expect(lintNext(value, AT)).toEqual([])
  const products = Array.from({ length: 1000 }, () => ({ price: '1', orderId: 1 }))
  expect(track('A', { products })).toHaveLength(50)
})
