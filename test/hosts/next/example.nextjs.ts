import { expect, test } from 'vitest'
import { EXAMPLE } from './harness/app.ts'
import { setStage } from './harness/app-stage.ts'
import { expectArrivals, settle } from './harness/arrivals.ts'
import { describeApp } from './harness/describe-app.ts'
import { KINDS, pageView, sendJson } from './harness/kinds.ts'

// As `npm run build` in its folder has built it: by Turbopack, with a `proxy.ts`, which runs in Node.
const stage = setStage()

describeApp(stage, () => EXAMPLE, KINDS)

test('a failing order causes a 500 from Next, and an event', async () => {
  const app = await stage.start(EXAMPLE)
  const answer = await sendJson(`${app.url}/api/orders`, 'ada', { id: 'o1', userId: 'ada', card: 'declined' })
  expect([answer.status, answer.text]).toEqual([500, ''])
  const expected = [
    pageView('ada', '/api/orders', 'POST'),
    { type: 'track', userId: 'ada', event: 'Payment Failed', properties: { orderId: 'o1' } },
  ]
  await settle(stage.collector, expected.length)
  await app.stop()
  await expectArrivals(stage.collector, expected)
  expect(app.log().split('the card for order o1 was declined')).toHaveLength(2)
})

test('a new visitor gets the cookie of analytics.js, and keeps the id', async () => {
  const app = await stage.start(EXAMPLE)
  const first = await fetch(app.url)
  const cookie = /ajs_anonymous_id=([0-9a-f-]{36});/.exec(first.headers.get('set-cookie') ?? '')?.[1]
  const second = await fetch(app.url, { headers: { cookie: `ajs_anonymous_id=${cookie}` } })
  expect(second.headers.get('set-cookie')).toContain(`ajs_anonymous_id=${cookie};`)
  const view = { type: 'page', anonymousId: cookie, name: '/', properties: { method: 'GET' } }
  await settle(stage.collector, 2)
  await app.stop()
  await expectArrivals(stage.collector, [view, view])
})

test('events tracked before a caller disconnects during a stream arrive', async () => {
  const app = await stage.start(EXAMPLE)
  const { body } = await fetch(`${app.url}/api/report?user=ada`)
  const reader = body?.getReader()
  await reader?.read()
  await reader?.cancel()
  await settle(stage.collector, 3)
  await app.stop()
  const events = await stage.collector.events()
  expect(events.map(({ event }) => event.event ?? event.name)).toEqual(
    expect.arrayContaining(['/api/report', 'Report Opened', 'Section Sent']),
  )
  expect(events.filter(({ problems, duplicate }) => duplicate || problems.length > 0)).toEqual([])
})
