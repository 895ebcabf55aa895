import { beforeAll, expect, test } from 'vitest'
import { buildVariant } from './harness/app.ts'
import { setStage } from './harness/app-stage.ts'
import { expectArrivals, settle } from './harness/arrivals.ts'
import { describeApp } from './harness/describe-app.ts'
import { KINDS, MORE_KINDS, pageView, send, submit } from './harness/kinds.ts'

// The same built by webpack, with a `middleware.ts`, which runs on the edge, and with routes that only tests want.
const stage = setStage()
let folder: string

beforeAll(async () => {
  folder = await buildVariant()
})

describeApp(stage, () => folder, [...KINDS, ...MORE_KINDS])

test.each([
  ['a route in Node', '/api/fail/node', '/api/fail/node-bare'],
  ['a route on the edge runtime', '/api/fail/edge', '/api/fail/edge-bare'],
  ['an API route of the Pages Router', '/api/pages-fail', '/api/pages-fail-bare'],
])('%s that throws gets the answer of Next without a wrapper, and its event arrives', async (_, path, bare) => {
  const app = await stage.start(folder)
  const [answer, control] = await Promise.all([
    send(`${app.url}${path}?user=ada`, 'ada'),
    send(`${app.url}${bare}?user=ada`, 'ada'),
  ])
  expect([answer.status, answer.text]).toEqual([500, control.text])
  expect(control.status).toBe(500)
  const names = ({ headers }: typeof answer) => [...headers.keys()].sort()
  expect(names(answer)).toEqual(names(control))
  const expected = [
    pageView('ada', path, 'GET'),
    pageView('ada', bare, 'GET'),
    { type: 'track', userId: 'ada', event: 'Failed', properties: {} },
  ]
  await settle(stage.collector, expected.length)
  await app.stop()
  await expectArrivals(stage.collector, expected)
  const countLogged = (text: string) => app.log().split(text).length - 1
  expect(countLogged('Error: of the handler')).toBeGreaterThan(0)
  // Next tells an error of the edge twice.
  expect(countLogged('Error: of the handler')).toBe(countLogged('Error: of the bare handler'))
})

/** The page view of the proxy, and the event of the route behind it. */
const identifiedBy = (anonymousId: unknown) => [
  { type: 'page', anonymousId, name: '/api/identified', properties: { method: 'GET' } },
  { type: 'track', anonymousId, event: 'Identified', properties: {} },
]

test('a first visit is one visitor, for the proxy and for the route behind it', async () => {
  const app = await stage.start(folder)
  const response = await fetch(`${app.url}/api/identified`)
  const anonymousId = await response.json()
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
  expect(new Set(cookies)).toEqual(new Set([`ajs_anonymous_id=${anonymousId}`]))
  const expected = identifiedBy(anonymousId)
  await settle(stage.collector, expected.length)
  await app.stop()
  await expectArrivals(stage.collector, expected)
})

test('a prefetch by the router of Next is not a page view', async () => {
  const app = await stage.start(folder)
  const visit = (headers = {}) => fetch(`${app.url}/api/identified`, { headers })
  await visit({ 'next-router-prefetch': '1' })
  const anonymousId = await (await visit()).json()
  const expected = identifiedBy(anonymousId)
  await settle(stage.collector, expected.length)
  await app.stop()
  await expectArrivals(stage.collector, expected)
})

test('a server action that throws delivers its event', async () => {
  const app = await stage.start(folder)
  const answer = await submit(`${app.url}/fail`, 'ada', { user: 'ada' })
  expect(answer.status).toBe(500)
  const expected = [{ type: 'track', userId: 'ada', event: 'Action Failed', properties: {} }]
  await settle(stage.collector, expected.length)
  await app.stop()
  await expectArrivals(stage.collector, expected)
})

test('a missing write key affects no handler, and is logged', async () => {
  const app = await stage.start(folder, { SEGMENT_WRITE_KEY: '' })
  const answer = await send(`${app.url}/api/by-function?user=ada`, 'ada')
  expect([answer.status, answer.text]).toEqual([200, 'ok'])
  expect(app.log()).toContain('the settings given to withAnalytics are wrong')
  await app.stop()
})

test('an API route of the Pages Router that flushes before it answers survives a SIGTERM after the response', async () => {
  await stage.collector.fail({ delayMs: 500 })
  const app = await stage.start(folder)
  const answer = await send(`${app.url}/api/flushed?user=ada`, 'ada')
  expect(JSON.parse(answer.text)).toEqual({ flushed: true })
  expect(await app.stop('SIGTERM')).toEqual({ code: 143, signal: null })
  await expectArrivals(stage.collector, [
    pageView('ada', '/api/flushed', 'GET'),
    { type: 'track', userId: 'ada', event: 'Flushed', properties: {} },
  ])
})
