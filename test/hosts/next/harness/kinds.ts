import { expect } from 'vitest'

/** The part of an event that tells which it is. */
export type Sighting = Readonly<Record<string, unknown>>

/** One way in which the app is called. */
export interface Kind {
  readonly name: string
  /** Whether the server, told to end, waits for what is behind the answer. Next knows no `after` in the Pages Router. */
  readonly isHeld: boolean
  /** Sends what a browser would, for a user or order of this id, and reads the whole answer. */
  call(url: string, id: string): Promise<Answer>
  /** Every event that it causes, those of the proxy as well. */
  expected(id: string): Sighting[]
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  /** `Date.now()` when all of it was there. */
  readonly atMs: number
}

export async function send(url: string, id: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, {
    redirect: 'manual',
    ...init,
    // The example uses the cookie of analytics.js, the app with `cacheComponents` its own.
    headers: { cookie: `ajs_anonymous_id=${visitor(id)}; visitor=${visitor(id)}`, ...init.headers },
  })
  const text = await response.text()
  return { status: response.status, text, headers: response.headers, atMs: Date.now() }
}

export function sendJson(url: string, id: string, body: object): Promise<Answer> {
  return send(url, id, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** A form as a browser without JavaScript sends it, with the action's id from the page. */
export async function submit(page: string, id: string, fields: Record<string, string>): Promise<Answer> {
  const { text } = await send(page, id)
  const action = /name="(\$ACTION_ID_[^"]+)"/.exec(text)?.[1]
  const body = new FormData()
  body.set(String(action), '')
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  return send(page, id, { method: 'POST', headers: { origin: new URL(page).origin }, body })
}

export const visitor = (id: string) => `visitor-${id}`

/** What the proxy tracks. */
export function pageView(id: string, name: string, method: string): Sighting {
  return { type: 'page', anonymousId: visitor(id), name, properties: { method } }
}

/** What the example has. */
export const KINDS: readonly Kind[] = [
  {
    name: 'a route on the edge runtime',
    isHeld: true,
    async call(url, id) {
      const answer = await send(`${url}/api/visit?user=${id}`, id)
      expect([answer.status, answer.text]).toEqual([200, `Hello, ${id}!\n`])
      return answer
    },
    expected: (id) => [
      pageView(id, '/api/visit', 'GET'),
      { type: 'identify', userId: id, traits: { lastPath: '/api/visit' } },
      { type: 'track', userId: id, event: 'Visited', properties: { path: '/api/visit' } },
    ],
  },
  {
    name: 'a route in Node',
    isHeld: true,
    async call(url, id) {
      const answer = await sendJson(`${url}/api/orders`, id, { id, userId: id })
      expect([answer.status, JSON.parse(answer.text)]).toEqual([201, { id }])
      return answer
    },
    expected: (id) => [
      pageView(id, '/api/orders', 'POST'),
      { type: 'track', userId: id, event: 'Order Placed', properties: { orderId: id } },
      { type: 'track', userId: id, event: 'Stock Reserved', properties: { productId: 'mug' } },
    ],
  },
  {
    name: 'a route without the wrapper, and its helper',
    isHeld: true,
    async call(url, id) {
      const answer = await sendJson(`${url}/api/cart`, id, { productId: 'cup', userId: id })
      expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { left: 41 }])
      return answer
    },
    expected: (id) => [
      pageView(id, '/api/cart', 'POST'),
      { type: 'track', userId: id, event: 'Product Added', properties: { productId: 'cup' } },
      { type: 'track', userId: id, event: 'Stock Reserved', properties: { productId: 'cup' } },
    ],
  },
  {
    name: 'a server component',
    isHeld: true,
    async call(url, id) {
      const answer = await send(`${url}/products/mug?user=${id}`, id)
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('<p>Product <!-- -->mug</p>')])
      return answer
    },
    expected: (id) => [{ type: 'track', userId: id, event: 'Product Viewed', properties: { productId: 'mug' } }],
  },
  {
    name: 'a route that streams',
    isHeld: true,
    async call(url, id) {
      const answer = await send(`${url}/api/report?user=${id}`, id)
      expect([answer.status, answer.text]).toEqual([200, 'sales: 42\nrefunds: 42\nvisitors: 42\n'])
      return answer
    },
    expected: (id) => [
      pageView(id, '/api/report', 'GET'),
      { type: 'track', userId: id, event: 'Report Opened', properties: {} },
      ...['sales', 'refunds', 'visitors'].map((section) => ({
        type: 'track',
        userId: id,
        event: 'Section Sent',
        properties: { section },
      })),
      { type: 'track', userId: id, event: 'Report Read', properties: {} },
    ],
  },
  {
    name: 'a server action',
    isHeld: true,
    async call(url, id) {
      const answer = await submit(`${url}/`, id, { email: `${id}@example.com` })
      // vinext makes it a whole URL.
      const location = new URL(String(answer.headers.get('location')), url).href
      expect([answer.status, location]).toEqual([303, `${url}/thanks`])
      return answer
    },
    expected: (id) => [
      pageView(id, '/', 'GET'),
      pageView(id, '/', 'POST'),
      { type: 'identify', userId: `${id}@example.com`, traits: { email: `${id}@example.com` } },
      { type: 'track', userId: `${id}@example.com`, event: 'Subscribed', properties: {} },
    ],
  },
  {
    name: 'an API route of the Pages Router',
    isHeld: false,
    async call(url, id) {
      const answer = await sendJson(`${url}/api/feedback`, id, { userId: id, rating: 5 })
      expect([answer.status, JSON.parse(answer.text)]).toEqual([201, { thanks: true }])
      return answer
    },
    expected: (id) => [
      pageView(id, '/api/feedback', 'POST'),
      { type: 'track', userId: id, event: 'Feedback Given', properties: { rating: 5 } },
    ],
  },
]

/** What the overlay adds. */
export const MORE_KINDS: readonly Kind[] = [
  {
    name: 'a route with its settings in a function',
    isHeld: true,
    async call(url, id) {
      const answer = await send(`${url}/api/by-function?user=${id}`, id)
      expect([answer.status, answer.text]).toEqual([200, 'ok'])
      return answer
    },
    expected: (id) => [
      pageView(id, '/api/by-function', 'GET'),
      { type: 'track', userId: id, event: 'Called By Function', properties: {} },
    ],
  },
  {
    name: 'an API route of the Pages Router on the edge runtime',
    isHeld: true,
    async call(url, id) {
      const answer = await send(`${url}/api/pages-edge?user=${id}`, id)
      expect([answer.status, answer.text]).toEqual([200, 'ok'])
      return answer
    },
    expected: (id) => [
      pageView(id, '/api/pages-edge', 'GET'),
      { type: 'track', userId: id, event: 'Pages Edge Called', properties: {} },
    ],
  },
  {
    name: 'a server component with a scope of its own',
    isHeld: true,
    async call(url, id) {
      const answer = await send(`${url}/rendered?user=${id}`, id)
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining(`<p>Rendered for <!-- -->${id}</p>`)])
      return answer
    },
    expected: (id) => [{ type: 'track', userId: id, event: 'Rendered', properties: {} }],
  },
  {
    name: 'a route on the edge runtime without the wrapper',
    isHeld: true,
    async call(url, id) {
      const answer = await send(`${url}/api/edge-bare?user=${id}`, id)
      expect([answer.status, answer.text]).toEqual([200, 'ok'])
      return answer
    },
    expected: (id) => [
      pageView(id, '/api/edge-bare', 'GET'),
      { type: 'track', userId: id, event: 'Edge Called', properties: {} },
      { type: 'track', userId: id, event: 'Stock Reserved', properties: { productId: 'pen' } },
    ],
  },
]
