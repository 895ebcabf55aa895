import { assertNotTracked, assertTracked, captureAnalytics, type EventCapture } from 'analytics-edge/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import worker from '../src/index.ts'

// The Worker as deployed, in the test's own process: the test sees its events, and none is sent.
let capture: EventCapture
beforeEach(() => {
  capture = captureAnalytics()
})
afterEach(() => capture.restore())

async function ask(path: string, init?: RequestInit): Promise<Response> {
  const promises: Promise<unknown>[] = []
  // The cast: the wrapper needs only this part of the context.
  const ctx = { waitUntil: (promise: Promise<unknown>) => void promises.push(promise) } as ExecutionContext
  const response = await worker.fetch(
    new Request(`https://shop.example${path}`, init),
    { SEGMENT_WRITE_KEY: 'test' },
    ctx,
  )
  await Promise.all(promises)
  return response
}

const order = (fields: Record<string, string>) => ask('/orders', { method: 'POST', body: new URLSearchParams(fields) })

test('tracks a viewed product with the id of the visitor', async () => {
  const cookie = 'ajs_anonymous_id=visitor-1'
  expect((await ask('/products/p-1', { headers: { cookie } })).status).toBe(200)
  assertTracked(capture, {
    event: 'Product Viewed',
    anonymousId: 'visitor-1',
    properties: { product_id: 'p-1', price: 24.5 },
  })
})

test('gives a new visitor the id under which the visit was tracked', async () => {
  const response = await ask('/products/p-2')
  const { anonymousId } = assertTracked(capture, 'Product Viewed')
  expect(response.headers.get('set-cookie')).toContain(`ajs_anonymous_id=${anonymousId}`)
})

test('tracks who bought what in one request to Segment', async () => {
  expect((await order({ product_id: 'p-2', email: 'ada@example.com' })).status).toBe(201)
  const { userId } = assertTracked(capture, { type: 'identify', traits: { email: 'ada@example.com' } })
  assertTracked(capture, { event: 'Order Completed', userId, properties: { revenue: 9.5, currency: 'EUR' } })
  expect(capture.requests).toHaveLength(1)
})

test('does not track an invalid order', async () => {
  expect((await order({ product_id: 'none', email: 'ada@example.com' })).status).toBe(400)
  assertNotTracked(capture, 'Order Completed')
})

test('fails an event that does not fit the plan, unnoticed by the customer', async () => {
  expect((await order({ product_id: 'p-1', email: 'ada@' })).status).toBe(201)
  expect(capture.failed.map(({ reason }) => reason.field)).toEqual(['.traits.email'])
  assertTracked(capture, 'Order Completed')
})

test('stays open while Segment is down', async () => {
  capture.respond({ status: 503, times: 2 })
  expect((await ask('/products/p-1')).status).toBe(200)
  expect(capture.requests.map(({ status }) => status)).toEqual([503, 503, 200])
})
