import { join } from 'node:path'
import { geolocation, ipAddress } from '@vercel/edge'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { POST } from '../../examples/vercel-function/api/orders.ts'
import { type EdgeProcess, INVOCATION_HEADER, startEdgeProcess } from '../../scripts/demo/hosts/edge-process.ts'
import { ROOT } from './processes.ts'

const API_DELAY_MS = 300

let collector: Collector
beforeAll(async () => {
  collector = await startCollector()
})
beforeEach(() => collector.clear())
afterAll(() => collector?.close())

describe('the edge function', () => {
  let edge: EdgeProcess
  beforeAll(async () => {
    const file = join(ROOT, 'examples/vercel-function/api/visit.ts')
    edge = await startEdgeProcess(file, { segmentHost: collector.url, signal: AbortSignal.timeout(30_000) })
  })
  afterAll(() => edge?.stop())

  it('answers, and its three events arrive in one request before it may be frozen', async () => {
    collector.fail({ delayMs: API_DELAY_MS })
    const startedAtMs = Date.now()
    const response = await fetch(`${edge.url}/api/visit?user=ada`)
    expect(await response.text()).toBe('Hello, ada\n')
    const [, anonymousId] = /^ajs_anonymous_id=([\da-f-]{36}); /.exec(response.headers.get('set-cookie') ?? '') ?? []
    const invocation = response.headers.get(INVOCATION_HEADER) ?? ''
    const endedAtMs = await vi.waitUntil(() => edge.endedAtMs(invocation), { timeout: 10_000 })
    expect(endedAtMs - startedAtMs, 'kept alive until the API has answered').toBeGreaterThanOrEqual(API_DELAY_MS)
    expect(collector.requests()).toMatchObject([{ eventCount: 3, status: 200 }])
    expect(collector.events().flatMap(({ problems }) => problems)).toEqual([])
    expect(collector.events().map(({ event }) => event)).toMatchObject([
      { type: 'identify', userId: 'ada', anonymousId, traits: { plan: 'Free' } },
      { type: 'page', anonymousId, name: 'Home' },
      { type: 'track', anonymousId, event: 'Visited', _metadata: { jsRuntime: 'vercel-edge' } },
    ])
  })

  it('reads the visitor from the cookie, and the address and location from @vercel/edge', async () => {
    const headers = {
      cookie: 'ajs_anonymous_id=anon-1; ajs_user_id=ada',
      'x-real-ip': '203.0.113.9',
      'x-forwarded-for': '192.0.2.66',
      'x-vercel-ip-city': 'S%C3%A3o%20Paulo',
      'x-vercel-ip-country': 'BR',
      'x-vercel-ip-country-region': 'SP',
      'x-vercel-ip-latitude': '-23.5475',
      'x-vercel-ip-longitude': '-46.6361',
      'x-vercel-ip-postal-code': '01000-000',
    }
    const response = await fetch(`${edge.url}/api/visit?user=ada`, { headers })
    expect(response.headers.get('set-cookie')).toMatch(/^ajs_anonymous_id=anon-1; /)
    await vi.waitUntil(() => collector.events().length === 3, { timeout: 10_000 })
    const request = new Request(edge.url, { headers })
    const { city, country, countryRegion, latitude, longitude, postalCode } = geolocation(request)
    for (const { event } of collector.events()) {
      expect(event).toMatchObject({ anonymousId: 'anon-1', userId: 'ada' })
      expect(event.context).toMatchObject({
        ip: ipAddress(request),
        location: {
          city,
          country,
          region: countryRegion,
          latitude: Number(latitude),
          longitude: Number(longitude),
          postalCode,
        },
        page: { path: '/api/visit', search: '?user=ada' },
      })
    }
    expect(city).toBe('São Paulo')
  })

  it('serves concurrent requests, each with its own events', async () => {
    const visitors = Array.from({ length: 20 }, (_, index) => `visitor-${index}`)
    const visit = (id: string) => fetch(`${edge.url}/api/visit`, { headers: { cookie: `ajs_anonymous_id=${id}` } })
    await Promise.all(visitors.map(async (id) => (await visit(id)).text()))
    await vi.waitUntil(() => collector.events().length >= visitors.length * 3, { timeout: 10_000 })
    const perRequest = collector.requests().map(({ index }) => {
      const events = collector.events().filter(({ requestIndex }) => requestIndex === index)
      return new Set(events.map(({ event }) => event.anonymousId))
    })
    expect(perRequest.map(({ size }) => size)).toEqual(visitors.map(() => 1))
    expect(new Set(perRequest.flatMap((ids) => [...ids]))).toEqual(new Set(visitors))
  })
})

describe('the Node function', () => {
  beforeAll(() => {
    vi.stubEnv('SEGMENT_HOST', collector.url)
    vi.stubEnv('SEGMENT_WRITE_KEY', 'example')
  })
  afterAll(() => {
    vi.unstubAllEnvs()
  })

  function order(id: string): Promise<Response> {
    const body = JSON.stringify({ id, userId: 'ada' })
    return POST(new Request('http://localhost/api/orders', { method: 'POST', body }))
  }

  it('reports a delivery', async () => {
    const response = await order('o1')
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({ id: 'o1', status: 'delivered' })
    expect(collector.events().map(({ event }) => event)).toMatchObject([
      { type: 'track', userId: 'ada', event: 'Order Placed', messageId: 'placed-o1', properties: { orderId: 'o1' } },
    ])
  })

  it('reports a failure', async () => {
    collector.fail({ status: 400 })
    const response = await order('o2')
    expect(response.status).toBe(502)
    expect(await response.json()).toEqual({
      id: 'o2',
      status: 'failed',
      reason: '[400] Bad Request',
    })
  })
})
