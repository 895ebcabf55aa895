import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Collector, type ReceivedEvent, startCollector } from '../../collector/index.ts'
import { COMPATIBILITY_DATE, startWorkerd, WORKERDS, type WorkerdBuild } from '../support/workerd.ts'
import { bundleExample } from './bundle-example.ts'

let collector: Collector
let script: string

beforeAll(async () => {
  collector = await startCollector()
  script = await bundleExample()
})
beforeEach(() => collector.clear())
afterAll(() => collector?.close())

function start(bindings: Record<string, string>, build: WorkerdBuild): ReturnType<typeof startWorkerd> {
  return startWorkerd(
    {
      modules: true,
      script,
      compatibilityDate: COMPATIBILITY_DATE,
      bindings: { ...bindings, SEGMENT_HOST: collector.url },
      durableObjects: { CARTS: { className: 'Cart', useSQLite: true } },
      queueProducers: { ORDERS: { queueName: 'orders' } },
      queueConsumers: { orders: { maxBatchTimeout: 1 } },
    },
    build,
  )
}

/** What the API received once there is that much and no request is under way, so that one too many is among it. */
async function takeRows(count: number): Promise<ReceivedEvent[]> {
  await vi.waitFor(
    () => {
      expect(collector.events().length).toBeGreaterThanOrEqual(count)
      expect(collector.requests().filter(({ status }) => status !== 200)).toEqual([])
    },
    { timeout: 15_000 },
  )
  const rows = collector.events()
  expect(rows).toHaveLength(count)
  expect(rows.flatMap(({ problems }) => problems)).toEqual([])
  return rows
}

describe.each(WORKERDS)('on workerd $version, the $age', (build) => {
  let workerd: Awaited<ReturnType<typeof startWorkerd>>
  beforeAll(async () => {
    workerd = await start({ SEGMENT_WRITE_KEY: 'wk' }, build)
  })
  afterAll(() => workerd?.mf.dispose())

  it("a helper's event has the ids and context of the invocation, and shares the request of the handler's", async () => {
    const headers = { 'user-agent': 'tests', cookie: 'theme=dark; ajs_anonymous_id=visitor-1' }
    const response = await fetch(`${workerd.url}/product?user=ada`, { headers })
    expect(await response.json()).toEqual({ isAvailable: true })
    const rows = await takeRows(2)
    const ofVisitor = { userId: 'ada', anonymousId: 'visitor-1', context: { userAgent: 'tests' } }
    expect(rows.map(({ event }) => event)).toMatchObject([
      { ...ofVisitor, event: 'Product Viewed' },
      { ...ofVisitor, event: 'Stock Checked', properties: { productId: 'lamp' } },
    ])
    expect(collector.requests()).toHaveLength(1)
  })

  it("a helper's event belongs to its own visitor among many concurrent ones", async () => {
    const visitors = Array.from({ length: 10 }, (_, index) => `visitor-${index}`)
    await Promise.all(
      visitors.map(async (id) => {
        const response = await fetch(`${workerd.url}/product?user=${id}`, {
          headers: { cookie: `ajs_anonymous_id=${id}` },
        })
        await response.text()
      }),
    )
    const rows = await takeRows(visitors.length * 2)
    expect(rows.filter(({ event }) => event.anonymousId !== event.userId)).toEqual([])
    expect(collector.requests().map(({ eventCount }) => eventCount)).toEqual(visitors.map(() => 2))
  })

  it("a call to the Durable Object is an invocation, with the helper's event", async () => {
    for (const count of [1, 2]) {
      collector.clear()
      const response = await fetch(`${workerd.url}/cart?user=bob`)
      expect(await response.json()).toEqual({ count })
      const rows = await takeRows(2)
      expect(rows.map(({ event }) => event)).toMatchObject([
        { userId: 'bob', event: 'Product Added', properties: { productId: 'lamp', count } },
        { userId: 'bob', event: 'Stock Checked' },
      ])
      expect(collector.requests()).toHaveLength(1)
    }
  })

  it('a redelivered message is the same event', async () => {
    const response = await fetch(`${workerd.url}/orders?user=ada&retry`, { method: 'POST' })
    expect(response.status).toBe(201)
    const { id } = Object(await response.json())
    const rows = await takeRows(3)
    const shipped = rows.filter(({ event }) => event.event === 'Order Shipped')
    expect(shipped).toMatchObject([
      { duplicate: false, event: { userId: 'ada', properties: { orderId: id } } },
      { duplicate: true, event: { userId: 'ada', properties: { orderId: id } } },
    ])
    expect(new Set(shipped.map(({ event }) => event.messageId)).size).toBe(1)
  })

  it.each([
    ['missing', {}],
    ['empty', { SEGMENT_WRITE_KEY: '' }],
  ])('answers, warns and sends nothing if the write key is %s', async (_what, bindings) => {
    const keyless = await start(bindings, build)
    try {
      const responses = await Promise.all(['/product', '/cart', '/await'].map((path) => fetch(keyless.url + path)))
      expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
      await vi.waitFor(() => expect(keyless.logs.join('')).toContain('SEGMENT_WRITE_KEY is missing'))
    } finally {
      await keyless.mf.dispose()
    }
    expect(collector.requests()).toEqual([])
  })
})
