import { expect } from 'vitest'
import { type Kind, pageView, send, sendJson, submit, visitor } from './kinds.ts'

/** What the app with `cacheComponents` has: a client at module scope, and no wrapper. */
export const CACHING_KINDS: readonly Kind[] = [
  {
    name: 'a component after connection()',
    isHeld: true,
    async call(url, id) {
      const answer = await send(url, id)
      expect([answer.status, answer.text]).toEqual([
        200,
        expect.stringContaining(`<p>Hello, <!-- -->${visitor(id)}</p>`),
      ])
      return answer
    },
    expected: (id) => [{ type: 'track', anonymousId: visitor(id), event: 'Visited', properties: {} }],
  },
  {
    name: 'a component after connection() and some work',
    isHeld: true,
    async call(url, id) {
      const answer = await send(`${url}/late?user=${id}`, id)
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining(`<p>Prices for <!-- -->${id}</p>`)])
      return answer
    },
    expected: (id) => [{ type: 'track', userId: id, event: 'Prices Shown', properties: {} }],
  },
  {
    name: 'a server action',
    isHeld: true,
    async call(url, id) {
      const answer = await submit(`${url}/action`, id, { user: id })
      expect(answer.status).toBe(200)
      return answer
    },
    expected: (id) => [{ type: 'track', userId: id, event: 'Subscribed', properties: {} }],
  },
  {
    name: 'a route, a callback of after, and a proxy without the wrapper',
    isHeld: true,
    async call(url, id) {
      const answer = await sendJson(`${url}/api/posted`, id, { userId: id })
      expect([answer.status, answer.text]).toEqual([200, 'ok'])
      return answer
    },
    expected: (id) => [
      pageView(id, '/api/posted', 'POST'),
      { type: 'track', userId: id, event: 'Posted', properties: {} },
      { type: 'track', userId: id, event: 'After The Post', properties: {} },
    ],
  },
]
