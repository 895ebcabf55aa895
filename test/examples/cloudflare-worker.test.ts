import { describe, expect, it } from 'vitest'
import { DOCUMENTED_CALLS, type DocumentedCall } from '../../examples/documented-calls.ts'
import { bundleExample } from './bundle-example.ts'
import { openWorker } from './open-worker.ts'

const { collector, url, mf, takeEvents } = await openWorker(await bundleExample(), {
  queueProducers: { ORDERS: { queueName: 'orders' } },
  queueConsumers: { orders: { maxBatchTimeout: 1 } },
})

function get(path: string): Promise<Response> {
  return fetch(url + path)
}

function post(path: string, body: unknown): Promise<Response> {
  return fetch(url + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
}

function expectedEvent({ call, params }: DocumentedCall): object {
  return {
    integrations: {},
    ...(call === 'track' && { properties: {} }),
    ...params,
    // Segment's destinations look for it there.
    ...(call === 'page' && { properties: { ...Object(params.properties), category: params.category } }),
    type: call,
    messageId: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    context: { library: { name: 'analytics-edge', version: expect.any(String) } },
    _metadata: { jsRuntime: 'cloudflare-worker' },
  }
}

describe('the documented calls', () => {
  it.each(DOCUMENTED_CALLS)('POST /$call sends the documented shape: $params', async (sample) => {
    const response = await post(`/${sample.call}`, sample.params)
    expect(response.status).toBe(202)
    expect(await takeEvents(1)).toEqual([expectedEvent(sample)])
  })

  it.each([
    ['no id', '/track', { event: 'Item Purchased' }, 'userId'],
    ['no name', '/track', { userId: 'u' }, 'event'],
    ['invalid JSON', '/identify', '{', 'JSON'],
  ])('rejects a call with %s', async (_what, path, body, reason) => {
    const response = await post(path, body)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(reason)
  })

  it('are the only ones', async () => {
    const answers = await Promise.all([post('/reset', {}), get('/track')])
    expect(answers.map(({ status }) => status)).toEqual([404, 404])
  })
})

describe('the routes', () => {
  it.each(['/', '/visit'])('GET %s sends its three events in one request', async (path) => {
    const response = await fetch(`${url}${path}?user=ada`, { headers: { 'user-agent': 'tests' } })
    expect(response.status).toBe(200)
    const context = { userAgent: 'tests' }
    expect(await takeEvents(3)).toMatchObject([
      { type: 'identify', userId: 'ada', traits: { plan: 'Free' }, context },
      { type: 'page', userId: 'ada', name: 'Home', context },
      { type: 'track', userId: 'ada', event: 'Visited', context },
    ])
    expect(collector.requests()).toHaveLength(1)
  })

  it('GET /stream delivers the events of the streaming body', async () => {
    const response = await get('/stream?user=ada')
    expect(await response.text()).toBe('3\n2\n1\n')
    expect(await takeEvents(2)).toMatchObject([
      { userId: 'ada', event: 'Countdown Started' },
      { userId: 'ada', event: 'Countdown Finished' },
    ])
  })

  it('GET /error fails, and its event is delivered', async () => {
    const response = await get('/error?user=ada')
    expect(response.status).toBe(500)
    await response.text()
    expect(await takeEvents(1)).toMatchObject([{ userId: 'ada', event: 'Checkout Started' }])
  })

  it('GET /await reports a delivery', async () => {
    const response = await get('/await?user=ada')
    const [event] = await takeEvents(1)
    expect(event).toMatchObject({ userId: 'ada', event: 'Terms Accepted' })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ messageId: event?.messageId, status: 'delivered', attempts: 1 })
  })

  it('GET /await reports a failure', async () => {
    collector.fail({ status: 400 })
    const response = await get('/await?user=ada')
    expect(response.status).toBe(502)
    expect(await response.json()).toEqual({
      messageId: expect.any(String),
      status: 'failed',
      attempts: 1,
      error: { code: 'ERR_HTTP_STATUS', message: '[400] Bad Request', status: 400 },
    })
    expect(collector.events()).toEqual([])
  })

  it('POST /orders continues in the queue handler, in its own scope', async () => {
    const response = await post('/orders?user=ada', '')
    expect(response.status).toBe(201)
    const { id } = Object(await response.json())
    expect(await takeEvents(2)).toMatchObject([
      { userId: 'ada', event: 'Order Placed', properties: { orderId: id } },
      { userId: 'ada', event: 'Order Shipped', properties: { orderId: id }, messageId: expect.any(String) },
    ])
  })

  it('a cron run tracks under its own id', async () => {
    const worker = await mf.getWorker()
    const scheduledTime = new Date('2026-03-01T06:00:00Z')
    const result = await worker.scheduled({ cron: '0 6 * * *', scheduledTime })
    expect(result.outcome).toBe('ok')
    expect(await takeEvents(1)).toMatchObject([
      {
        anonymousId: 'cron',
        event: 'Report Sent',
        properties: { cron: '0 6 * * *' },
        messageId: `report-${scheduledTime.getTime()}`,
      },
    ])
  })
})
