import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../support/workerd.ts'

// What analytics.js in Chromium (first-party.test.ts) does not show: each route of the Worker, asked directly.

const WRITE_KEY = 'wk_secret_routes'
const ID = '0b0a2a5c-9a3d-4c1e-8f57-6d0d3c1b2a19'
const COOKIE = `consent=Analytics; ajs_anonymous_id=${ID}; ajs_user_id=user-1`
const DAY_MS = 86_400_000

let collector: Collector
let cdn: Server
let mf: Miniflare
let url: string
/** The paths that the CDN was asked for. */
const asked: string[] = []

beforeAll(async () => {
  collector = await startCollector()
  cdn = createServer((request, response) => {
    asked.push(String(request.url))
    if (request.url?.startsWith('/analytics.js/') || request.url?.startsWith('/analytics-next/')) {
      response.end(`load(${JSON.stringify(WRITE_KEY)})`)
    } else response.writeHead(404).end(`no ${request.url}`)
  }).listen(0, '127.0.0.1')
  await once(cdn, 'listening')
  const script = await bundleWorker(fileURLToPath(new URL('../../examples/first-party/src/index.ts', import.meta.url)))
  const shared = { modules: true as const, compatibilityDate: COMPATIBILITY_DATE }
  const bindings = {
    SEGMENT_WRITE_KEY: WRITE_KEY,
    SEGMENT_HOST: collector.url,
    // The cast: it listens on a port.
    SEGMENT_CDN: `http://127.0.0.1:${(cdn.address() as AddressInfo).port}`,
  }
  const site = `export default { fetch: () => new Response('site') }`
  ;({ mf, url } = await startWorkerd({
    workers: [
      {
        ...shared,
        name: 'first-party',
        script,
        compatibilityFlags: ['nodejs_compat'],
        bindings,
        serviceBindings: { SITE: 'site' },
      },
      { ...shared, name: 'site', script: site },
    ],
  }))
})
afterAll(async () => {
  await mf?.dispose()
  cdn?.close()
  await collector?.close()
})
beforeEach(() => {
  collector.clear()
  asked.length = 0
})

const post = (path: string, body: unknown, headers = {}) =>
  fetch(url + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { cookie: COOKIE, 'content-type': 'text/plain', ...headers },
  })
const arrived = async (count: number) => {
  await vi.waitFor(() => expect(collector.events()).toHaveLength(count), { timeout: 20_000 })
  return collector.events().map(({ event }) => event)
}
/** As analytics.js builds it. */
const track = (event: string, more: object = {}) => ({
  type: 'track',
  event,
  anonymousId: ID,
  properties: {},
  messageId: `ajs-next-${crypto.randomUUID()}`,
  context: { library: { name: 'analytics.js', version: 'npm:next-1.84.3' } },
  integrations: {},
  _metadata: { bundled: ['Segment.io'] },
  ...more,
})

describe('scripts', () => {
  test.each([
    ['/analytics.js/v1/first-party/analytics.min.js', `/analytics.js/v1/${WRITE_KEY}/analytics.min.js`],
    ['/analytics-next/bundles/ajs.js', '/analytics-next/bundles/ajs.js'],
  ])('%s comes from the CDN, cacheable and without the write key', async (path, asks) => {
    const response = await fetch(url + path, { headers: { cookie: COOKIE } })
    expect(await response.text()).toBe('load("first-party")')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/javascript',
      'cache-control': 'public, max-age=300',
    })
    // A cache gives it to everybody.
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(asked).toEqual([asks])
  })

  test('a file missing from the CDN is not cached, and does not reveal the key', async () => {
    const response = await fetch(`${url}/next-integrations/first-party/none.js`)
    expect([response.status, await response.text()]).toEqual([404, 'no /next-integrations/first-party/none.js'])
    expect(response.headers.get('cache-control')).toBeNull()
  })
})

test.each('tpigasbm'.split(''))('answers the preflight of /v1/%s so that the page may send its event', async (call) => {
  const response = await fetch(`${url}/v1/${call}`, {
    method: 'OPTIONS',
    headers: { origin: 'https://blog.example', 'access-control-request-headers': 'authorization,content-type' },
  })
  expect(response.status).toBe(204)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-allow-methods': 'POST',
  })
})

test('accepts the metrics of analytics.js and drops them', async () => {
  const response = await post('/v1/m', { series: [{ type: 'Counter', metric: 'analytics_js.invoke', value: 1 }] })
  expect([response.status, await response.json()]).toEqual([200, { success: true }])
  await post('/v1/t', track('After'))
  expect((await arrived(1)).map(({ event }) => event)).toEqual(['After'])
})

describe('a wrong clock', () => {
  test.each([
    ['slow', -DAY_MS],
    ['fast', DAY_MS],
  ])('by a day, %s, puts no event a day off', async (_, offMs) => {
    const [sentMs, startedMs] = [Date.now() + offMs, Date.now()]
    const times = (ageMs: number) => ({ timestamp: new Date(sentMs - ageMs).toISOString() })
    const sentAt = new Date(sentMs).toISOString()
    await post('/v1/t', track('Alone', { ...times(5_000), sentAt }))
    await post('/v1/b', { batch: [track('First', times(60_000)), track('Second', times(0))], sentAt })
    const ages = Object.fromEntries(
      (await arrived(3)).map(({ event, timestamp }) => [event, startedMs - Date.parse(String(timestamp))]),
    )
    const tookMs = Date.now() - startedMs
    for (const [name, ageMs] of Object.entries({ Alone: 5_000, First: 60_000, Second: 0 })) {
      // It was sent after `startedMs`, and taken before now.
      expect(ages[name]).toBeLessThanOrEqual(ageMs)
      expect(ages[name]).toBeGreaterThanOrEqual(ageMs - tookMs)
    }
    expect(JSON.stringify(collector.events())).not.toContain(`"sentAt":"${sentAt}`)
  })

  test('without a time, or with one after its sending, gets the current time', async () => {
    const startedMs = Date.now()
    const timestamp = new Date(startedMs + DAY_MS).toISOString()
    await post('/v1/b', { batch: [track('None'), track('Late', { timestamp, sentAt: new Date().toISOString() })] })
    for (const event of await arrived(2)) {
      expect(Date.parse(String(event.timestamp))).toBeGreaterThanOrEqual(startedMs - 1)
      expect(Date.parse(String(event.timestamp))).toBeLessThanOrEqual(Date.now())
    }
  })
})

describe('an invalid body', () => {
  test.each([
    ['invalid JSON', '{"type":'],
    ['a number', '1'],
    ['more than 500 KB', JSON.stringify(track('x'.repeat(513 * 1024)))],
  ])('of %s is rejected', async (_, body) => {
    expect((await post('/v1/t', body)).status).toBe(400)
    expect(collector.events()).toEqual([])
  })

  test('in a batch does not affect the others', async () => {
    const batch = [null, 1, 'text', [], track('Good'), JSON.parse('{"__proto__":{"type":"track"}}')]
    expect((await post('/v1/b', { batch })).status).toBe(200)
    expect((await arrived(1)).map(({ event }) => event)).toEqual(['Good'])
  })
})
