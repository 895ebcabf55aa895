import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type Collector,
  type EventType,
  type Fault,
  type ReceivedEvent,
  startCollector,
} from '../../collector/index.ts'
import { hideCredentials, maskKey, maskPath } from '../../collector/secrets.ts'

const KEY = 'wk_test_1'
const MAIN = new URL('../../collector/main.ts', import.meta.url).pathname

let collector: Collector
let nextId = 0

beforeAll(async () => {
  collector = await startCollector()
})
afterEach(() => collector.clear())
afterAll(() => collector.close())

const FIELDS: Record<EventType, object> = {
  track: { event: 'Order Placed', properties: { total: 1 } },
  identify: { traits: { plan: 'pro' } },
  page: { name: 'Home', category: 'Docs', properties: { category: 'Docs' } },
  screen: { name: 'Home', properties: {} },
  group: { groupId: 'g1', traits: {} },
  alias: { previousId: 'p1' },
}
const circular = {}
const TYPES: EventType[] = ['track', 'identify', 'page', 'screen', 'group', 'alias']

function buildEvent(type: EventType, changes: object = {}): Record<string, unknown> {
  return {
    type,
    messageId: `m-${nextId++}`,
    timestamp: '2026-01-02T03:04:05.678Z',
    userId: 'u1',
    context: { library: { name: 'analytics-edge', version: '0.1.0' } },
    integrations: {},
    _metadata: { jsRuntime: 'node' },
    ...FIELDS[type],
    ...changes,
  }
}

function basic(key: string): string {
  return `Basic ${Buffer.from(`${key}:`).toString('base64')}`
}

interface PostOptions {
  key?: string
  headers?: Record<string, string>
  signal?: AbortSignal
  to?: Collector
}

/** Posts as a client does; `content` is sent as it is when it is a string or bytes. */
function post(path: string, content: unknown, options: PostOptions = {}): Promise<Response> {
  const { key = KEY, headers = {}, signal, to = collector } = options
  return fetch(to.url + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json', authorization: basic(key), ...headers },
    body: typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content),
    ...(signal !== undefined && { signal }),
  })
}

function buildBatch(events: unknown, changes: object = {}): object {
  return { batch: events, writeKey: KEY, sentAt: '2026-01-02T03:04:06.000Z', ...changes }
}

function postBatch(events: unknown, options?: PostOptions): Promise<Response> {
  return post('/v1/batch', buildBatch(events, { writeKey: options?.key ?? KEY }), options)
}

function onlyEvent(): ReceivedEvent {
  const [event, ...others] = collector.events()
  if (event === undefined || others.length > 0) throw new Error(`${collector.events().length} events, not 1`)
  return event
}

async function statusesOf(count: number, options?: PostOptions): Promise<number[]> {
  const statuses: number[] = []
  for (let sent = 0; sent < count; sent++) statuses.push((await postBatch([buildEvent('track')], options)).status)
  return statuses
}

describe('accepted', () => {
  it.each(TYPES)('%s is accepted in a batch', async (type) => {
    const event = buildEvent(type)
    const response = await postBatch([event])
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ success: true })
    expect(onlyEvent()).toMatchObject({ writeKey: KEY, type, event, problems: [], duplicate: false })
  })

  it.each(TYPES)('%s is accepted on its own route with its required fields alone', async (type) => {
    const { messageId, userId } = buildEvent(type)
    const event = { messageId, userId, ...FIELDS[type] }
    const response = await post(`/v1/${type}`, event)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ success: true })
    expect(onlyEvent()).toMatchObject({ type, event, problems: [] })
  })

  it('records the request', async () => {
    const events = [buildEvent('track'), buildEvent('page')]
    await postBatch(events, { headers: { 'x-retry-count': '2' } })
    const [row, ...others] = collector.requests({ writeKey: KEY })
    expect(others).toEqual([])
    expect(row).toMatchObject({
      method: 'POST',
      path: '/v1/batch',
      writeKey: KEY,
      retryCount: 2,
      eventCount: 2,
      bytes: JSON.stringify(buildBatch(events)).length,
      encoding: 'identity',
      sentAt: '2026-01-02T03:04:06.000Z',
      status: 200,
      messageIds: events.map((event) => event.messageId),
      headers: { authorization: 'Basic', 'content-type': 'application/json' },
    })
    expect(row?.durationMs).toBeGreaterThanOrEqual(0)
    expect(row?.at).toMatch(/^\d{4}-.*Z$/)
    expect(collector.events().map((event) => event.requestIndex)).toEqual([row?.index, row?.index])
  })

  it.each(['abc', '1e999', '-1', '1.5', ''])('counts no retries if X-Retry-Count is %j', async (text) => {
    await postBatch([buildEvent('track')], { headers: { 'x-retry-count': text } })
    expect(collector.requests()).toMatchObject([{ retryCount: 0 }])
  })

  it('calls onEvent, and answers even if it throws', async () => {
    const seen: string[] = []
    const onEvent = (event: ReceivedEvent): void => {
      seen.push(event.type)
      throw new Error('mine')
    }
    const silenced = vi.spyOn(console, 'error').mockImplementation(() => {})
    const other = await startCollector({ onEvent })
    const response = await postBatch([buildEvent('track'), buildEvent('page')], { to: other })
    expect(response.status).toBe(200)
    expect(seen).toEqual(['track', 'page'])
    expect(silenced).toHaveBeenCalledTimes(2)
    silenced.mockRestore()
    await other.close()
  })

  it('is not affected by an onEvent that changes the event', async () => {
    const onEvent = ({ event }: ReceivedEvent) => void Object.assign(event, { event: 1n, properties: event })
    const other = await startCollector({ page: true, onEvent })
    expect((await postBatch([buildEvent('track')], { to: other })).status).toBe(200)
    expect(other.events()).toMatchObject([{ event: { event: 'Order Placed', properties: { total: 1 } } }])
    await other.close()
  })

  it('calls an asynchronous onEvent, whatever it rejects with', async () => {
    const silenced = vi.spyOn(console, 'error').mockImplementation(() => {})
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const thrown = {
      [Symbol.for('nodejs.util.inspect.custom')]: () => {
        throw Object.create(null)
      },
    }
    const other = await startCollector({ onEvent: () => Promise.reject(thrown) })
    expect((await postBatch([buildEvent('track')], { to: other })).status).toBe(200)
    await vi.waitFor(() => expect(silenced).toHaveBeenCalled())
    expect(unhandled).not.toHaveBeenCalled()
    process.off('unhandledRejection', unhandled)
    silenced.mockRestore()
    await other.close()
  })
})

describe('authorisation', () => {
  it.each([
    ['no colon', `Basic ${Buffer.from(KEY).toString('base64')}`],
    ['an empty key', basic('')],
    ['a password', `Basic ${Buffer.from(`${KEY}:secret`).toString('base64')}`],
    ['no base64', `Basic ${KEY}:`],
    ['another scheme', `Bearer ${KEY}`],
    ['no scheme', KEY],
  ])('rejects %s', async (_name, authorization) => {
    const response = await postBatch([buildEvent('track')], { headers: { authorization } })
    expect(response.status).toBe(401)
    expect(collector.events()).toEqual([])
    expect(JSON.stringify(collector.requests().map((row) => row.headers))).not.toContain(authorization)
  })

  it('rejects a request without the header, even if the body has the key', async () => {
    const body = JSON.stringify(buildBatch([buildEvent('track')]))
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${collector.url}/v1/batch`, { method: 'POST', headers, body })
    expect(response.status).toBe(401)
    expect(collector.requests()).toMatchObject([
      { status: 401, writeKey: KEY, reason: expect.stringContaining('Basic') },
    ])
  })

  it('rejects keys that differ, and accepts a body without one', async () => {
    const events = [buildEvent('track')]
    expect((await post('/v1/batch', buildBatch(events, { writeKey: 'other' }))).status).toBe(400)
    expect(collector.events()).toEqual([])
    const { batch, sentAt } = { batch: events, sentAt: '2026-01-02T03:04:06.000Z' }
    expect((await post('/v1/batch', { batch, sentAt })).status).toBe(200)
    expect(onlyEvent().problems).toEqual([])
  })

  it('accepts only the listed keys, if there is a list', async () => {
    const strict = await startCollector({ writeKeys: ['a', 'b'] })
    expect((await postBatch([buildEvent('track')], { to: strict, key: 'b' })).status).toBe(200)
    expect((await postBatch([buildEvent('track')], { to: strict, key: 'c' })).status).toBe(401)
    expect(strict.events().map((event) => event.writeKey)).toEqual(['b'])
    await strict.close()
  })
})

describe('limits', () => {
  /** An event of exactly this many bytes; the two-byte character tells bytes from characters. */
  function buildSized(bytes: number): Record<string, unknown> {
    const empty = buildEvent('track', { properties: { pad: 'é' } })
    const missing = bytes - Buffer.byteLength(JSON.stringify(empty))
    return { ...empty, properties: { pad: `é${'x'.repeat(missing)}` } }
  }

  it('accepts an event of 32 KB and rejects the whole request for one byte more', async () => {
    expect((await postBatch([buildEvent('track'), buildSized(32 * 1024)])).status).toBe(200)
    expect((await post('/v1/track', buildSized(32 * 1024))).status).toBe(200)
    expect(collector.events()).toHaveLength(3)
    expect((await postBatch([buildEvent('track'), buildSized(32 * 1024 + 1)])).status).toBe(400)
    expect((await post('/v1/track', buildSized(32 * 1024 + 1))).status).toBe(400)
    expect(collector.events()).toHaveLength(3)
  })

  function buildSizedBody(bytes: number): string {
    const events = Array.from({ length: 16 }, () => buildSized(30 * 1024))
    const json = JSON.stringify(buildBatch(events))
    return json + ' '.repeat(bytes - Buffer.byteLength(json))
  }

  it('accepts a request of 500 KB and rejects one byte more', async () => {
    expect((await post('/v1/batch', buildSizedBody(500 * 1024))).status).toBe(200)
    expect(collector.events()).toHaveLength(16)
    const response = await post('/v1/batch', buildSizedBody(500 * 1024 + 1))
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ success: false, message: expect.stringContaining('512000') })
    expect(collector.events()).toHaveLength(16)
  })

  it('limits a gzip body to 500 KB when unpacked', async () => {
    const headers = { 'content-encoding': 'gzip' }
    expect((await post('/v1/batch', gzipSync(buildSizedBody(500 * 1024)), { headers })).status).toBe(200)
    expect((await post('/v1/batch', gzipSync(buildSizedBody(500 * 1024 + 1)), { headers })).status).toBe(400)
    expect((await post('/v1/batch', gzipSync(Buffer.alloc(50_000_000)), { headers })).status).toBe(400)
    expect(collector.requests().map((row) => row.reason ?? 'fine')).toEqual([
      'fine',
      expect.stringContaining('request too large'),
      expect.stringContaining('request too large'),
    ])
  })

  it('records a request that is too large to read', async () => {
    const response = await post('/v1/batch', ' '.repeat(16 * 1024 * 1024 + 1)).catch(() => undefined)
    // The server stops reading, so the client sees the answer or a broken connection.
    expect([400, undefined]).toContain(response?.status)
    expect(collector.requests()).toMatchObject([{ status: 400, reason: expect.any(String) }])
  })

  it('accepts 2,500 events, and answers 200 to more but rejects them', async () => {
    const events = Array.from({ length: 2501 }, (_, index) => ({ type: 'track', messageId: `n-${index}` }))
    const rejection = 'batch: rejected, more than 2500 events'
    expect((await postBatch(events)).status).toBe(200)
    expect(collector.events().filter(({ problems }) => problems.includes(rejection))).toHaveLength(2501)
    collector.clear()
    expect((await postBatch(events.slice(1))).status).toBe(200)
    expect(collector.events()).toHaveLength(2500)
    expect(collector.events().filter(({ problems }) => problems.includes(rejection))).toEqual([])
  })

  it.each([
    ['malformed JSON', '{"batch":['],
    ['bytes that are not UTF-8', Uint8Array.from([0x22, 0xff, 0x22])],
    ['an empty body', ''],
    ['a body that is not an object', []],
    ['no batch', {}],
    ['a batch that is not an array', buildBatch({ 0: buildEvent('track') })],
    ['an empty batch', buildBatch([])],
    ['an event that is not an object', buildBatch([buildEvent('track'), null])],
    ['an unknown type', buildBatch([buildEvent('track'), buildEvent('track', { type: 'click' })])],
    ['no type', buildBatch([buildEvent('track', { type: undefined })])],
  ])('rejects %s', async (_name, content) => {
    const response = await post('/v1/batch', content)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ success: false, message: expect.any(String) })
    expect(collector.events()).toEqual([])
    expect(collector.requests()).toMatchObject([{ status: 400, reason: expect.any(String) }])
  })

  it('has no other routes or methods, and records attempts', async () => {
    expect((await post('/v1/import', buildBatch([buildEvent('track')]))).status).toBe(404)
    expect((await fetch(`${collector.url}/v1/batch`)).status).toBe(404)
    expect(collector.requests()).toMatchObject([
      { method: 'POST', path: '/v1/import', status: 404, eventCount: 1 },
      { method: 'GET', path: '/v1/batch', status: 404, eventCount: 0 },
    ])
    expect(collector.events()).toEqual([])
  })
})

describe('encodings', () => {
  it('reads gzip and records its size on the wire', async () => {
    const event = buildEvent('track', { properties: { pad: 'x'.repeat(10_000) } })
    const body = gzipSync(JSON.stringify(buildBatch([event])))
    expect((await post('/v1/batch', body, { headers: { 'content-encoding': 'gzip' } })).status).toBe(200)
    expect(onlyEvent().event).toEqual(event)
    expect(collector.requests()).toMatchObject([{ encoding: 'gzip', bytes: body.length }])
  })

  it('rejects invalid gzip, other encodings and other content types', async () => {
    const events = [buildEvent('track')]
    expect((await postBatch(events, { headers: { 'content-encoding': 'gzip' } })).status).toBe(400)
    expect((await postBatch(events, { headers: { 'content-encoding': 'br' } })).status).toBe(415)
    expect((await postBatch(events, { headers: { 'content-type': 'text/plain' } })).status).toBe(415)
    expect((await postBatch(events, { headers: { 'content-type': 'application/json; charset=utf-8' } })).status).toBe(
      200,
    )
    expect(collector.events()).toHaveLength(1)
  })
})

describe('problems', () => {
  it.each<[string, Record<string, unknown>]>([
    ['messageId', buildEvent('track', { messageId: undefined })],
    ['messageId', buildEvent('track', { messageId: 7 })],
    ['messageId', buildEvent('track', { messageId: 'm'.repeat(101) })],
    ['timestamp', buildEvent('track', { timestamp: undefined })],
    ['timestamp', buildEvent('track', { timestamp: 'yesterday' })],
    ['timestamp', buildEvent('track', { timestamp: '2026-13-01T00:00:00.000Z' })],
    ['timestamp', buildEvent('track', { timestamp: 1_767_322_445_678 })],
    ['no usable id', buildEvent('track', { userId: undefined })],
    ['no usable id', buildEvent('track', { userId: '' })],
    ['userId', buildEvent('track', { userId: 42, anonymousId: 'a' })],
    ['context', buildEvent('track', { context: [] })],
    ['context.library', buildEvent('track', { context: {} })],
    ['context.library', buildEvent('track', { context: { library: { name: 'analytics-edge' } } })],
    ['integrations', buildEvent('track', { integrations: undefined })],
    ['_metadata', buildEvent('track', { _metadata: undefined })],
    ['event', buildEvent('track', { event: undefined })],
    ['event', buildEvent('track', { event: { name: 'x' } })],
    ['properties', buildEvent('track', { properties: undefined })],
    ['properties', buildEvent('track', { properties: ['x'] })],
    ['traits', buildEvent('identify', { traits: 'pro' })],
    ['traits', buildEvent('group', { traits: undefined })],
    ['groupId', buildEvent('group', { groupId: undefined })],
    ['previousId', buildEvent('alias', { previousId: undefined })],
    ['userId', buildEvent('alias', { userId: undefined })],
    ['name', buildEvent('page', { name: 1 })],
    ['category', buildEvent('screen', { category: {} })],
  ])('%s: %#', async (field, event) => {
    const good = buildEvent('page')
    expect((await postBatch([event, good])).status).toBe(200)
    const [bad, neighbour] = collector.events()
    expect(bad?.problems.filter((problem) => problem.startsWith(field))).not.toEqual([])
    expect(neighbour?.problems).toEqual([])
  })

  it('name exactly what is wrong', async () => {
    await postBatch([buildEvent('track', { messageId: 'm'.repeat(100) }), buildEvent('track', { event: 1 })])
    expect(collector.events().map(({ problems }) => problems)).toEqual([[], ['event: must be a string']])
  })

  it('do not include null ids and ISO 8601 timestamps', async () => {
    const nobody = buildEvent('track', { userId: null, anonymousId: 'a1', timestamp: '2026-01-02T03:04:05+02:00' })
    await postBatch([nobody, buildEvent('track', { timestamp: '2026-01-02' })])
    expect(collector.events().map(({ problems }) => problems)).toEqual([[], []])
  })

  it('include a missing sentAt, and a type other than that of the route', async () => {
    await post('/v1/batch', { batch: [buildEvent('track')] })
    await post('/v1/track', buildEvent('page', { event: 'x' }))
    expect(collector.events().map(({ type, problems }) => [type, ...problems])).toEqual([
      ['track', 'sentAt: must be ISO-8601'],
      ['track', 'type: must be track on this route'],
    ])
  })
})

describe('duplicates', () => {
  it('marks a repeated messageId, per write key', async () => {
    const event = buildEvent('track')
    await postBatch([event, buildEvent('track'), event])
    await post('/v1/track', event)
    await postBatch([event], { key: 'other' })
    expect(collector.events().map(({ duplicate }) => duplicate)).toEqual([false, false, true, true, false])
    expect(collector.events({ writeKey: 'other' })).toHaveLength(1)
  })

  it('does not count a dropped event', async () => {
    const event = buildEvent('track')
    await postBatch([{ ...event, event: undefined }])
    await postBatch([event])
    expect(collector.events().map(({ duplicate }) => duplicate)).toEqual([false, false])
  })

  it('forgets cleared events', async () => {
    const event = buildEvent('track')
    await postBatch([event])
    await postBatch([event], { key: 'other' })
    collector.clear({ writeKey: KEY })
    expect(collector.requests().map((row) => row.writeKey)).toEqual(['other'])
    await postBatch([event])
    await postBatch([event], { key: 'other' })
    expect(collector.events({ writeKey: KEY }).map(({ duplicate }) => duplicate)).toEqual([false])
    expect(collector.events({ writeKey: 'other' }).map(({ duplicate }) => duplicate)).toEqual([false, true])
  })
})

describe('the requests that a fault hits', () => {
  it('are the first n, and none once the fault is removed', async () => {
    const remove = collector.fail({ status: 503, times: 2 })
    expect(await statusesOf(3)).toEqual([503, 503, 200])
    remove()
    const removeOther = collector.fail({ status: 500 })
    expect(await statusesOf(1)).toEqual([500])
    removeOther()
    expect(await statusesOf(1)).toEqual([200])
    expect(collector.events()).toHaveLength(2)
    expect(collector.requests().map((row) => row.status)).toEqual([503, 503, 200, 500, 200])
  })

  it('are chosen by index: the fault added first wins, and each counts all requests', async () => {
    collector.fail({ status: 500, requests: [0, 2] })
    collector.fail({ status: 502, requests: [1, 2] })
    expect(await statusesOf(4)).toEqual([500, 502, 500, 200])
  })

  it('follow one after the other', async () => {
    collector.fail({ status: 500, times: 2 })
    collector.fail({ status: 502, times: 1 })
    expect(await statusesOf(4)).toEqual([500, 500, 502, 200])
  })

  it.each([
    ['before', [{ delayMs: 50 }, { status: 503, times: 1 }]],
    ['after', [{ status: 503, times: 1 }, { delayMs: 50 }]],
  ] satisfies [string, Fault[]][])(
    'are slow as well if a fault that only delays was added %s them',
    async (_, faults) => {
      for (const fault of faults) collector.fail(fault)
      expect(await statusesOf(2)).toEqual([503, 200])
      expect(collector.requests().every(({ durationMs = 0 }) => durationMs >= 45)).toBe(true)
    },
  )

  it('have their own delay, and the end of slowness ends no other fault', async () => {
    const slow = collector.fail({ delayMs: 600_000 })
    collector.fail({ status: 503, delayMs: 1, times: 1 })
    expect(await statusesOf(1)).toEqual([503])
    const hang = collector.fail({ hangBody: true })
    const sent = postBatch([buildEvent('track')]).then((response) => response.text())
    const outcome = sent.catch(() => 'cut')
    await vi.waitFor(() => expect(collector.requests()).toHaveLength(2))
    expect(collector.requests().at(-1)).toMatchObject({ status: 'pending' })
    slow()
    await vi.waitFor(() => expect(collector.requests().at(-1)).toMatchObject({ status: 200 }))
    hang()
    expect(await outcome).toBe('cut')
  })

  it('are chosen by write key in header or body, and by path', async () => {
    collector.fail({ status: 500, writeKey: 'other' })
    collector.fail({ status: 502, path: '/v1/track' })
    expect(await statusesOf(1)).toEqual([200])
    expect(await statusesOf(1, { key: 'other' })).toEqual([500])
    expect((await post('/v1/batch', buildBatch([buildEvent('track')], { writeKey: 'other' }))).status).toBe(500)
    expect((await post('/v1/track', buildEvent('track'))).status).toBe(502)
  })

  it('are chosen at random, repeatably by seed', async () => {
    const draw = async (fault: Fault): Promise<number[]> => {
      const remove = collector.fail(fault)
      const statuses = await statusesOf(20)
      remove()
      return statuses
    }
    const first = await draw({ status: 500, probability: 0.5, seed: 1 })
    expect(new Set(first)).toEqual(new Set([200, 500]))
    expect(await draw({ status: 500, probability: 0.5, seed: 1 })).toEqual(first)
    expect(await draw({ status: 500, probability: 0.5, seed: 2 })).not.toEqual(first)
    expect(new Set(await draw({ status: 500, probability: 0 }))).toEqual(new Set([200]))
    expect(new Set(await draw({ status: 500, probability: 1 }))).toEqual(new Set([500]))
  })

  it('are first those of later faults, then those of initial ones, which clear() resets', async () => {
    const failing = await startCollector({ faults: [{ status: 500, times: 1 }] })
    expect(await statusesOf(2, { to: failing })).toEqual([500, 200])
    failing.clear()
    failing.fail({ status: 502, times: 1 })
    expect(await statusesOf(3, { to: failing })).toEqual([502, 500, 200])
    failing.fail({ status: 502 })
    failing.clear()
    expect(await statusesOf(2, { to: failing })).toEqual([500, 200])
    await failing.close()
  })

  it('are none after clear(), or after clear({ writeKey }) for one key', async () => {
    collector.fail({ status: 500, writeKey: KEY })
    collector.fail({ status: 502, writeKey: 'other' })
    collector.clear({ writeKey: KEY })
    expect([...(await statusesOf(1)), ...(await statusesOf(1, { key: 'other' }))]).toEqual([200, 502])
    collector.clear()
    expect(await statusesOf(1, { key: 'other' })).toEqual([200])
  })
})

describe('a fault', () => {
  it('answers a status with text, headers and body', async () => {
    const headers = { 'X-RateLimit-Reset': '7' }
    collector.fail({ status: 460, statusText: 'Client Closed', headers, body: { code: 1 } })
    const response = await postBatch([buildEvent('track')])
    expect(response).toMatchObject({ status: 460, statusText: 'Client Closed' })
    expect(response.headers.get('x-ratelimit-reset')).toBe('7')
    expect(await response.json()).toEqual({ code: 1 })
    expect(collector.events()).toEqual([])
    expect(collector.requests()).toMatchObject([{ status: 460, eventCount: 1, reason: 'rejected by a fault' }])
  })

  it('answers with Retry-After, and 429 unless another status is given', async () => {
    collector.fail({ retryAfter: 3, times: 1 })
    collector.fail({ retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT', status: 503 })
    const first = await postBatch([buildEvent('track')])
    const second = await postBatch([buildEvent('track')])
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '3'])
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, 'Wed, 21 Oct 2026 07:28:00 GMT'])
  })

  it('answers another 2xx, and stores the events', async () => {
    collector.fail({ status: 204, times: 1 })
    collector.fail({ body: 'not json', headers: { 'content-type': 'text/plain' } })
    const first = await postBatch([buildEvent('track')])
    expect([first.status, await first.text()]).toEqual([204, ''])
    const second = await postBatch([buildEvent('track')])
    expect([second.status, await second.text()]).toEqual([200, 'not json'])
    expect(second.headers.get('content-type')).toBe('text/plain')
    expect(collector.events()).toHaveLength(2)
  })

  it('answers a redirect', async () => {
    collector.fail({ status: 307, headers: { location: '/elsewhere' } })
    const response = await postBatch([buildEvent('track')])
    expect([response.status, response.headers.get('location')]).toEqual([307, '/elsewhere'])
  })

  it('answers late, after storing the events', async () => {
    const statuses: unknown[] = []
    const onEvent = (): void => void statuses.push(late.requests()[0]?.status)
    const late = await startCollector({ onEvent, faults: [{ delayMs: 100 }] })
    expect(await statusesOf(1, { to: late })).toEqual([200])
    expect([...statuses, late.requests()[0]?.status]).toEqual(['pending', 200])
    // setTimeout may fire a millisecond early.
    expect(late.requests()[0]?.durationMs).toBeGreaterThanOrEqual(95)
    await late.close()
  })

  it('rejects late', async () => {
    collector.fail({ delayMs: 10, status: 500 })
    expect(await statusesOf(1)).toEqual([500])
    expect(collector.events()).toEqual([])
  })

  it('answers after its client has timed out', async () => {
    collector.fail({ delayMs: 600_000 })
    const controller = new AbortController()
    const answered = postBatch([buildEvent('track')], { signal: controller.signal })
    await vi.waitFor(() => expect(collector.events()).toHaveLength(1))
    controller.abort()
    await expect(answered).rejects.toThrow('abort')
    await vi.waitFor(() => expect(collector.requests()).toMatchObject([{ status: 'aborted' }]))
  })

  it('does not answer until the client times out', async () => {
    collector.fail({ hang: true })
    const controller = new AbortController()
    const answered = postBatch([buildEvent('track')], { signal: controller.signal })
    await vi.waitFor(() => expect(collector.requests()).toMatchObject([{ status: 'hang' }]))
    expect(collector.requests()[0]?.durationMs).toBeUndefined()
    controller.abort()
    await expect(answered).rejects.toThrow('abort')
    await vi.waitFor(() => expect(collector.requests()[0]?.durationMs).toBeDefined())
    expect(collector.events()).toEqual([])
  })

  it.each([200, 500])('sends half of an answer with status %i', async (status) => {
    collector.fail({ hangBody: true, status, body: '0123456789' })
    const controller = new AbortController()
    const response = await postBatch([buildEvent('track')], { signal: controller.signal })
    expect([response.status, response.headers.get('content-length')]).toEqual([status, '10'])
    const reader = response.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('01234')
    const rest = reader?.read()
    expect(collector.requests()[0]?.durationMs).toBeUndefined()
    controller.abort()
    await expect(rest).rejects.toThrow('abort')
    await vi.waitFor(() => expect(collector.requests()[0]?.durationMs).toBeDefined())
    expect(collector.requests()).toMatchObject([{ status }])
    expect(collector.events()).toHaveLength(status === 200 ? 1 : 0)
  })

  it.each([
    [true, 0],
    ['before', 0],
    ['after', 1],
  ] as const)('resets the connection: %s', async (reset, stored) => {
    collector.fail({ reset, times: 1 })
    await expect(postBatch([buildEvent('track')])).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    expect(collector.events()).toHaveLength(stored)
    expect(collector.requests()).toMatchObject([{ status: 'reset', eventCount: 1 }])
    expect(await statusesOf(1)).toEqual([200])
  })

  it.each([
    ['clear()', () => collector.clear()],
    ['clear({ writeKey })', () => collector.clear({ writeKey: KEY })],
    ['DELETE /_/events', () => fetch(`${collector.url}/_/events`, { method: 'DELETE' })],
    [
      'DELETE /_/faults/:id',
      async () => {
        const [added] = (await (await fetch(`${collector.url}/_/faults`)).json()) as { id: string }[]
        await fetch(`${collector.url}/_/faults/${added?.id}`, { method: 'DELETE' })
      },
    ],
  ])('ends what it holds back when %s removes it', async (_, removeIt) => {
    const requests = async (fault: Fault) => {
      collector.fail({ ...fault, writeKey: KEY })
      const answered = postBatch([buildEvent('track')]).then(async (response) => [
        response.status,
        await response.text(),
      ])
      const outcome = answered.catch(() => 'cut')
      await vi.waitFor(() => expect(collector.requests()).toHaveLength(1))
      const [row] = collector.requests()
      if (fault.delayMs === undefined) await vi.waitFor(() => expect(row?.status).not.toBe('pending'))
      expect(row?.durationMs).toBeUndefined()
      await removeIt()
      const ended = await outcome
      await vi.waitFor(() => expect(row?.durationMs).toBeDefined())
      collector.clear()
      return ended
    }
    expect(await requests({ hang: true })).toBe('cut')
    expect(await requests({ hangBody: true })).toBe('cut')
    expect(await requests({ delayMs: 600_000, status: 503, body: 'late' })).toEqual([503, 'late'])
  })

  it('of one key or app stays when another is cleared', async () => {
    collector.fail({ status: 500, writeKey: KEY })
    await statusesOf(1)
    collector.clear({ clientId: 'other' })
    expect(collector.requests()).toHaveLength(1)
    expect(await statusesOf(1)).toEqual([500])
  })

  it('without a whole character sends half of an answer as well', async () => {
    collector.fail({ hangBody: true, body: 'x' })
    const controller = new AbortController()
    const response = await postBatch([buildEvent('track')], { signal: controller.signal })
    const read = response.text()
    const pause = new Promise((resolve) => setTimeout(resolve, 50, 'hangs'))
    expect(await Promise.race([read, pause])).toBe('hangs')
    controller.abort()
    await expect(read).rejects.toThrow('abort')
  })

  it('still checks strictly if the fault does not reject', async () => {
    collector.fail({ reset: 'after' })
    await expect(postBatch([])).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    expect(collector.requests()).toMatchObject([{ status: 'reset', reason: expect.stringContaining('batch') }])
  })
})

describe('a wrong option of startCollector is named, with what is allowed', () => {
  it.each<[string, object]>([
    ['keepCount: must be an integer from 1 to 10000000', { keepCount: Number.NaN }],
    ['keepCount: must be an integer from 1 to 10000000', { keepCount: 0 }],
    ['writeKeys: must be an array of non-empty strings', { writeKeys: 'abc' }],
    ['writeKeys: must be an array of non-empty strings', { writeKeys: ['abc', ''] }],
    ['port: must be an integer from 0 to 65535', { port: 65_536 }],
    ['port: must be an integer from 0 to 65535', { port: '4010' }],
    ["host: must be a loopback address or localhost, not '0.0.0.0'", { host: '0.0.0.0' }],
    ['onEvent: must be a function', { onEvent: 'log' }],
    ['log: must be true or false', { log: 1 }],
    ['page: must be true or false', { page: 'yes' }],
    ['faults: must be an array', { faults: { status: 500 } }],
    ['fault.status: must be an integer', { faults: [{ status: 1 }] }],
    ['oauth: must be an object', { oauth: [] }],
    ['oauth.tokenLifeSeconds: must be a number above 0', { oauth: { tokenLifeSeconds: 0 } }],
    ['oauth.client: unknown; allowed are clients,', { oauth: { client: {} } }],
    ['client.keyId: must be a non-empty string', { oauth: { clients: [{ clientId: 'c', publicKey: 'k' }] } }],
    ['record: must be a non-empty string', { record: '' }],
    ['replay: must be a non-empty string', { replay: 5 }],
    ['plan: must be a plan, as definePlan returns it', { plan: { events: {} } }],
    ['keep: unknown; allowed are port, host,', { keep: 5 }],
    ['options: must be an object', []],
  ])('%s', async (message, options) => {
    await expect(startCollector(options)).rejects.toThrow(expect.objectContaining({ name: 'TypeError' }))
    await expect(startCollector(options)).rejects.toThrow(message)
  })

  it('undefined is as good as absent', async () => {
    const plain = await startCollector({ keepCount: undefined, writeKeys: undefined, oauth: undefined } as object)
    await plain.close()
  })
})

describe('invalid faults', () => {
  it.each<[string, unknown]>([
    ['fault: must be an object', 'hang'],
    ['fault.state: unknown; allowed are writeKey, path,', { state: 500 }],
    ['fault.status: must be an integer from 200 to 599', { status: '500' }],
    ['fault.status: must be an integer from 200 to 599', { status: 100 }],
    ['fault.times: must be an integer from 1', { times: 0 }],
    ['fault.requests: must be an array of integers from 0', { requests: [-1] }],
    ['fault.probability: must be a number from 0 to 1', { probability: 1.5 }],
    ['fault.delayMs: must be an integer from 0 to 600000', { delayMs: -1 }],
    ['fault.path: must be a path like /v1/batch', { path: 'v1/batch' }],
    ['fault.headers: must be', { headers: { 'bad name': 'x' } }],
    ['fault.headers: must be', { headers: { good: 'bad\nvalue' } }],
    ...['Connection', 'content-length', 'keep-alive', 'TE', 'trailer', 'Transfer-Encoding', 'upgrade'].map(
      (name): [string, unknown] => [`fault.headers.${name}: not allowed`, { headers: { 'x-a': 'b', [name]: '5' } }],
    ),
    ['fault.hangBody: not allowed for an answer without a body', { hangBody: true, status: 204 }],
    ['fault.hangBody: not allowed for an answer without a body', { hangBody: true, body: '' }],
    ['fault.statusText: must be printable ASCII', { statusText: 'a\r\nb' }],
    ['fault.retryAfter: must be', { retryAfter: -1 }],
    ["fault.reset: must be true, 'before' or 'after'", { reset: 'later' }],
    ['fault.hang: must be true', { hang: false }],
    ['fault.reset: not allowed together with hang', { hang: true, reset: true }],
    ['fault.status: not allowed together with reset', { reset: true, status: 500 }],
    ['fault: must be an object', []],
    ['fault: must be an object', null],
    ['fault.constructor: unknown; allowed are', { constructor: 1 }],
    ['fault.__proto__: unknown; allowed are', JSON.parse('{"__proto__":{"status":500}}')],
    ['fault.delayMs: must be an integer from 0 to 600000', { delayMs: 600_001 }],
    ['fault.writeKey: must be a non-empty string', { writeKey: '' }],
    ['fault.body: must be a string or an object', { body: [] }],
  ])('%s', async (message, fault) => {
    const response = await fetch(`${collector.url}/_/faults`, { method: 'POST', body: JSON.stringify(fault) })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error: expect.stringContaining(message) })
    // The point is what happens to a caller without types.
    expect(() => collector.fail(fault as Fault)).toThrow(message)
    expect(await statusesOf(1)).toEqual([200])
  })
})

it.each<[string, object]>([
  ['a bigint', { total: 1n }],
  ['itself', Object.assign(circular, { circular })],
  ['nothing as JSON', { toJSON: () => undefined }],
])('a fault with a body that has %s is invalid', async (_, body) => {
  expect(() => collector.fail({ body })).toThrow('fault.body: must be a string or an object that can be sent as JSON')
  expect(await statusesOf(1)).toEqual([200])
})

describe('control endpoints', () => {
  const request = (path: string, method = 'GET', body?: string): Promise<Response> =>
    fetch(collector.url + path, { method, ...(body !== undefined && { body }) })

  it('return the same as the methods', async () => {
    await postBatch([buildEvent('track')])
    await postBatch([buildEvent('track')], { key: 'other' })
    const json = async (path: string): Promise<unknown> => (await request(path)).json()
    expect(await json(`/_/events?writeKey=${KEY}`)).toEqual(collector.events({ writeKey: KEY }))
    expect(await json('/_/events?writeKey=other')).toEqual(collector.events({ writeKey: 'other' }))
    expect(await json(`/_/requests?writeKey=${KEY}`)).toEqual(collector.requests({ writeKey: KEY }))
    expect(await json('/_/requests?writeKey=other')).toEqual(collector.requests({ writeKey: 'other' }))
    expect(collector.events({ writeKey: 'other' })).toHaveLength(1)
    expect(collector.requests()).toHaveLength(2)
  })

  it('show a whole write key only to callers that name it', async () => {
    const key = 'a-secret-key'
    await postBatch([{ ...buildEvent('track'), writeKey: key }], { key })
    await request('/_/faults', 'POST', JSON.stringify({ status: 503, writeKey: key }))
    for (const path of ['/_/events', '/_/requests', '/_/faults', '/_/requests?clientId=other']) {
      expect(await (await request(path)).text()).not.toContain(key)
    }
    expect(await (await request('/_/events')).json()).toMatchObject([
      { writeKey: 'a-se…', event: { writeKey: 'a-se…' } },
    ])
    for (const path of ['/_/events', '/_/requests']) {
      expect(await (await request(`${path}?writeKey=${key}`)).json()).toMatchObject([{ writeKey: key }])
    }
  })

  it('show the key of an event that differs from that of its request only in part', async () => {
    await postBatch([{ ...buildEvent('track'), writeKey: 'another-secret' }, buildEvent('page')], { key: KEY })
    const events = await (await request(`/_/events?writeKey=${KEY}`)).json()
    expect(events).toMatchObject([{ writeKey: KEY, event: { writeKey: 'anot…' } }, { writeKey: KEY }])
    expect(JSON.stringify(events).match(/writeKey/g)).toHaveLength(3)
  })

  it.each([
    '//v1/projects/SECRET-KEY/settings',
    '/v1//projects/SECRET-KEY/settings',
    '/V1/Projects/SECRET-KEY/settings',
    '/cdn/v1/projects/SECRET-KEY/settings',
    '/segment/analytics.js/v1/SECRET-KEY/analytics.min.js',
  ])('show no key that %s contains', async (path) => {
    await request(path)
    const shown = await (await request('/_/requests')).text()
    expect(shown).toContain('SECR…')
    expect(shown).not.toContain('SECRET-KEY')
  })

  it('show no credentials of a request as a proxy gets it', () => {
    expect(maskPath('http://SECRET-KEY:@host/v1/projects/SECRET-KEY/settings?k=SECRET-KEY')).toBe(
      '/v1/projects/SECR…/settings',
    )
    expect(maskPath('/%761/projects/SECRET%2DKEY/settings')).toBe('/v1/projects/SECR…/settings')
  })

  it.each(['k', 'ke', 'key', 'keys', 'a-long-key', '🔑'])('show the key %s only in part', (key) => {
    const masked = maskKey(key)
    expect(masked).not.toContain(key)
    expect(maskKey(masked)).toBe(masked)
  })

  it('show no headers that usually carry credentials', () => {
    const names = [
      'cookie',
      'set-cookie',
      'proxy-authorization',
      'x-api-key',
      'apikey',
      'x-auth-token',
      'x-csrf-token',
      'x-csrf',
      'x-xsrf-token',
      'x-amz-security-token',
      'x-goog-iap-jwt-assertion',
      'x-hub-signature-256',
      'x-session-id',
      'dpop',
      'x-sid',
      'x-user-pwd',
    ]
    const hidden = hideCredentials(Object.fromEntries(names.map((name) => [name, 's3cret'])))
    expect(hidden).toEqual(Object.fromEntries(names.map((name) => [name, '(hidden)'])))
    expect(hideCredentials({ 'x-upstream': 'Bearer s3cret', authorization: 'Bearer s3cret' })).toEqual({
      'x-upstream': '(hidden)',
      authorization: 'Bearer',
    })
    expect(hideCredentials({ 'content-type': 'application/json', 'user-agent': 'a/1 (+http://a/?b)' })).toEqual({
      'content-type': 'application/json',
      'user-agent': 'a/1 (+http://a/?b)',
    })
  })

  it.each([
    ['https://shop.test/reset?token=s3cret', 'https://shop.test/reset'],
    ['https://shop.test?token=s3cret', 'https://shop.test'],
    ['https://ada:s3cret@shop.test/a#access_token=s3cret', 'https://shop.test/a'],
    ['https://ada:s3@cret@shop.test/', 'https://shop.test/'],
    ['http://localhost:4010/v1/projects/a-s3cret-key/settings', 'http://localhost:4010/v1/projects/a-s3…/settings'],
    ['/reset?token=s3cret', '/reset'],
  ])('show %s in a header as %s', (referer, shown) => {
    expect(hideCredentials({ referer, 'x-original-url': referer })).toEqual({ referer: shown, 'x-original-url': shown })
  })

  it.each([
    ['writekey=other', 'writekey: unknown; allowed is writeKey'],
    ['writeKey=a&writeKey=b', 'writeKey: must be given once'],
    ['writeKey=', 'writeKey: must be given once, and not be empty'],
  ])('reject the filter %s, and clear nothing', async (query, message) => {
    await statusesOf(1)
    for (const [method, path] of [
      ['DELETE', 'events'],
      ['GET', 'events'],
      ['GET', 'requests'],
    ] as const) {
      const response = await request(`/_/${path}?${query}`, method)
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(message)])
    }
    expect(collector.events()).toHaveLength(1)
  })

  it('clear the requests of one OAuth app', async () => {
    await statusesOf(1)
    await request('/_/events?clientId=app', 'DELETE')
    expect(collector.events()).toHaveLength(1)
  })

  it('clear one key or everything', async () => {
    collector.fail({ status: 500, writeKey: 'other', requests: [1] })
    await statusesOf(1)
    await statusesOf(1, { key: 'other' })
    expect((await request(`/_/events?writeKey=${KEY}`, 'DELETE')).status).toBe(200)
    expect(collector.events().map((event) => event.writeKey)).toEqual(['other'])
    expect(await statusesOf(1, { key: 'other' })).toEqual([500])
    collector.fail({ status: 500 })
    await request('/_/events', 'DELETE')
    expect([...collector.events(), ...collector.requests()]).toEqual([])
    expect(await statusesOf(1)).toEqual([200])
  })

  it('add and remove a fault, and are unaffected by it', async () => {
    const added = await request('/_/faults', 'POST', '{"status":503}')
    expect(added.status).toBe(200)
    const { id } = (await added.json()) as { id: string }
    expect(await statusesOf(1)).toEqual([503])
    expect(await (await request('/_/health')).json()).toEqual({ ok: true })
    expect((await request(`/_/faults/${id}`, 'DELETE')).status).toBe(200)
    expect(await statusesOf(1)).toEqual([200])
    expect((await request(`/_/faults/${id}`, 'DELETE')).status).toBe(404)
    expect(collector.requests()).toHaveLength(2)
  })

  it('reject malformed JSON', async () => {
    const response = await request('/_/faults', 'POST', '{')
    expect([response.status, await response.json()]).toEqual([400, { error: 'malformed JSON' }])
  })

  it('describe the server at /', async () => {
    const response = await request('/')
    expect(response.headers.get('content-type')).toContain('text/plain')
    expect(await response.text()).toContain('POST /v1/batch')
    expect(collector.requests()).toEqual([])
  })
})

describe('a plan without a page', () => {
  const startWith = (validate: () => unknown) =>
    startCollector({
      log: true,
      // The cast: a schema can return anything.
      plan: { definition: { events: { Known: { '~standard': { validate } } } } } as never,
    })

  it('is checked, and the log shows what violates it, once per event and below its line', async () => {
    const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
    const checked = vi.fn(async () => ({ issues: [{ message: 'is wrong', path: ['total'] }] }))
    const planned = await startWith(checked)
    await postBatch([buildEvent('track', { event: 'Unknown' })], { to: planned })
    await postBatch([buildEvent('track', { event: 'Known' })], { to: planned })
    await planned.close()
    const lines = printed.mock.calls.map(([line]) => String(line).trim())
    printed.mockRestore()
    expect(lines).toEqual([
      expect.stringContaining('track     Unknown'),
      'NOT-IN-PLAN  event: "Unknown" is not in the plan; "Known" is',
      expect.stringContaining('track     Known'),
      'PLAN  properties.total: is wrong',
    ])
    expect(checked).toHaveBeenCalledTimes(1)
  })

  it.each([
    [
      'throws',
      () => {
        throw Object.create(null)
      },
    ],
    ['rejects with', () => Promise.reject(Object.create(null))],
  ])('stores an event whose schema %s what cannot become text', async (_, validate) => {
    const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
    const planned = await startWith(validate)
    expect((await postBatch([buildEvent('track', { event: 'Known' })], { to: planned })).status).toBe(200)
    expect(planned.events()).toHaveLength(1)
    await vi.waitFor(() => expect(String(printed.mock.lastCall)).toContain('PLAN  properties: the schema threw'))
    printed.mockRestore()
    await planned.close()
  })
})

describe('close()', () => {
  it.each<Fault>([{ hang: true }, { hangBody: true }, { delayMs: 600_000 }])('ends %o at once', async (fault) => {
    const closing = await startCollector({ faults: [fault] })
    const answered = postBatch([buildEvent('track')], { to: closing }).then((response) => response.text())
    const outcome = answered.then(
      () => 'answered',
      () => 'cut',
    )
    await vi.waitFor(() => expect(closing.requests()).toHaveLength(1))
    await closing.close()
    expect(await outcome).toBe('cut')
    await expect(fetch(closing.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    await closing.close()
  })
})

describe('the command line', () => {
  const started: ReturnType<typeof spawn>[] = []
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL')
  })

  async function run(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
    const child = spawn(process.execPath, [MAIN, ...args])
    started.push(child)
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk
    })
    const [code] = await once(child, 'close')
    return { code, ...output }
  }

  it('starts, prints its URL and each event, and exits on SIGTERM even if a request hangs', async () => {
    const args = ['--port', '0', '--write-key', KEY, '--write-key', 'k2', '--delay', '1']
    const child = fork(MAIN, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    started.push(child)
    let stdout = ''
    child.stdout?.on('data', (chunk) => {
      stdout += chunk
    })
    const [message] = await once(child, 'message')
    expect(message).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
    const to = { ...collector, url: (message as { url: string }).url }

    const event = buildEvent('track', { event: 'Bell \u0007\u202e' })
    expect((await postBatch([event], { to })).status).toBe(200)
    expect((await postBatch([event], { to, key: 'k2' })).status).toBe(200)
    expect((await postBatch([event], { to, key: 'a-secret-key' })).status).toBe(401)
    expect((await post('/v1/track', { userId: { toString: 1 } }, { to })).status).toBe(200)
    await fetch(`${to.url}/_/events`, { method: 'DELETE' })
    await fetch(`${to.url}/_/faults`, { method: 'POST', body: '{"hang":true,"writeKey":"k2"}' })
    const hanging = postBatch([event], { to, key: 'k2' }).catch(() => 'cut')
    await vi.waitFor(async () => {
      expect(await (await fetch(`${to.url}/_/requests`)).json()).toMatchObject([{ writeKey: 'k…', status: 'hang' }])
    })

    const closed = once(child, 'close')
    child.kill('SIGTERM')
    expect(await closed).toEqual([0, null])
    expect(await hanging).toBe('cut')
    expect(stdout).toContain(`Tracking API at ${to.url}`)
    expect(stdout).toContain(`host: '${to.url}'`)
    expect(stdout).toMatch(new RegExp(`track.*Bell \\?\\?.*user=u1.*id=${event.messageId}.*key=wk_t…`))
    expect(stdout).toMatch(/REJECTED.*401.*POST \/v1\/batch.*unknown write key/)
    expect(stdout).toMatch(/PROBLEM messageId/)
    expect(stdout).not.toContain(KEY)
    expect(stdout).not.toContain('a-secret-key')
  })

  it('exits with the process that started it', async () => {
    const child = fork(MAIN, ['--port', '0', '--quiet'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    started.push(child)
    await once(child, 'message')
    const exited = once(child, 'exit')
    child.disconnect()
    expect(await exited).toEqual([0, null])
  })

  it.each([
    ['an unknown flag', ['--prot', '1'], '--prot'],
    ['a port that is not a number', ['--port', 'x'], '--port must be an integer from 0 to 65535'],
    ['a port that is too high', ['--port', '65536'], '--port must be an integer from 0 to 65535'],
    ['to keep nothing', ['--keep', '0'], '--keep must be an integer from 1 to 10000000'],
    ['a delay that is not a number', ['--delay', '1s'], '--delay must be an integer from 0 to 600000'],
  ])('rejects %s in one line, with code 2', async (_name, args, message) => {
    const { code, stdout, stderr } = await run(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('reports in one line that the port is taken, with code 1', async () => {
    const { code, stderr } = await run('--port', String(collector.port))
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`^collector: .*EADDRINUSE.*${collector.port}\\n$`))
  })

  it('rejects a host of another machine, with code 1', async () => {
    const { code, stderr } = await run('--host', '0.0.0.0')
    expect([code, stderr]).toEqual([1, "collector: host: must be a loopback address or localhost, not '0.0.0.0'\n"])
  })

  it('explains itself with --help', async () => {
    const { code, stdout } = await run('--help')
    expect(code).toBe(0)
    expect(stdout).toContain('--write-key')
  })
})
