import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { next } from '@vercel/edge'
import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import * as lambda from '../../../runtimes/lambda/index.ts'
import { fromRequest } from '../../../runtimes/request/index.ts'
import * as vercel from '../../../runtimes/vercel/index.ts'
import type { IdentifyOptions } from '../../../src/kit/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const COOKIE = 'ajs_anonymous_id=anon-1; ajs_user_id=user-1'
const SET_COOKIE = /^ajs_anonymous_id=anon-1; .*SameSite=Lax$/

let collector: Collector
beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector.close())
beforeEach(() => collector.clear())

/** What arrived, once it is there. */
async function arrived(count = 1) {
  await vi.waitFor(() => expect(collector.events()).toHaveLength(count), { timeout: 20_000 })
  expect(collector.events().flatMap(({ problems }) => problems)).toEqual([])
  return collector.events().map(({ event }) => event)
}

describe.each(WORKERDS)('on the $age workerd, $version:', (build) => {
  let url: string
  let mf: Miniflare
  let logs: string[]

  beforeAll(async () => {
    const script = await bundleWorker(fileURLToPath(new URL('identify-worker.ts', import.meta.url)))
    const options = {
      name: 'main',
      modules: true,
      script,
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: ['nodejs_compat'],
      bindings: { SEGMENT_HOST: collector.url },
      queueProducers: { OUT: 'out' },
      queueConsumers: { out: { maxBatchTimeout: 0 } },
      durableObjects: { ROOM: 'Room' },
      serviceBindings: { SERVICE: { name: 'main', entrypoint: 'Service' } },
    }
    ;({ url, mf, logs } = await startWorkerd(options, build))
  })
  afterAll(() => mf?.dispose())

  const get = (path: string, headers = {}) =>
    fetch(url + path, { headers: { cookie: COOKIE, ...headers }, redirect: 'manual' })

  it('a call needs no id, and has the context of the request', async () => {
    await get('/')
    const [event] = await arrived()
    expect(event).toMatchObject({ anonymousId: 'anon-1', userId: 'user-1', context: { page: { path: '/' } } })
    expect(event?.context).toHaveProperty('location.country')
  })

  it.each(['/', '/redirect', '/stream'])(
    'the response to %s has the cookie, and is otherwise unchanged',
    async (path) => {
      const response = await get(path)
      expect(response.headers.get('set-cookie')).toMatch(SET_COOKIE)
      const expected = { '/': [200, 'ok'], '/redirect': [302, ''], '/stream': [200, 'streamed'] }[path]
      expect([response.status, await response.text()]).toEqual(expected)
      await arrived()
    },
  )

  it('a response with its own cookies keeps them', async () => {
    expect((await get('/own')).headers.getSetCookie()).toEqual(['a=b', 'c=d', expect.stringMatching(SET_COOKIE)])
    await arrived()
  })

  it('the response to HEAD has the cookie', async () => {
    const response = await fetch(url, { method: 'HEAD', headers: { cookie: COOKIE } })
    expect(response.headers.get('set-cookie')).toMatch(SET_COOKIE)
    await arrived()
  })

  it.each(['/public', '/cdn', '/aged'])('the response to %s, for a shared cache, has no cookie', async (path) => {
    expect((await get(path)).headers.get('set-cookie')).toBeNull()
    await arrived()
  })

  it.each(['/socket', '/room'])('a WebSocket of %s is unchanged', async (path) => {
    const socket = new WebSocket(url.replace('http', 'ws') + path)
    const message = await new Promise((resolve, reject) => {
      socket.onmessage = ({ data }) => resolve(data)
      socket.onerror = reject
    })
    socket.close()
    expect(message).toBe('hello')
    await arrived(path === '/room' ? 3 : 1)
  })

  it('a fetch of a class is identified by its own request, and its response has the cookie once', async () => {
    const response = await get('/room')
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://www.example.com/room'])
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(SET_COOKIE)])
    const events = await arrived(3)
    expect(events.find(({ event }) => event === 'Room Visited')).toMatchObject({
      anonymousId: 'anon-1',
      userId: 'user-1',
      context: { page: { path: '/room' } },
    })
    // A method that the fetch calls is a part of it; an id that a call names is its own.
    expect(events.find(({ event }) => event === 'Labelled')).toMatchObject({ anonymousId: 'room', userId: 'user-1' })
  })

  it('a fetch that is a field of an entrypoint is also identified', async () => {
    const response = await get('/service')
    expect([await response.text(), response.headers.getSetCookie()]).toEqual([
      'service',
      [expect.stringMatching(SET_COOKIE)],
    ])
    expect((await arrived(2)).map(({ anonymousId }) => anonymousId)).toEqual(['anon-1', 'anon-1'])
  })

  it('a method called over RPC has no identity, even if its class identifies requests', async () => {
    expect(await (await get('/room/label')).text()).toBe('label')
    expect((await arrived(2)).find(({ event }) => event === 'Labelled')).not.toHaveProperty('userId')
  })

  it('the identity passes into a call of a Durable Object, and becomes a scope there', async () => {
    expect(await (await get('/room/pack')).text()).toBe('delivered')
    const events = await arrived(2)
    const [visited, packed] = ['Visited', 'Room Packed'].map((name) => events.find(({ event }) => event === name))
    expect(packed).toMatchObject({ anonymousId: 'anon-1', userId: 'user-1' })
    expect(packed?.context).toEqual(visited?.context)
  })

  it('the identity passes into a queue message, and becomes a scope there', async () => {
    await get('/queue')
    const [visited, packed] = (await arrived(2)).toSorted(
      (a, b) => Number(a.event === 'Packed') - Number(b.event === 'Packed'),
    )
    expect(packed).toMatchObject({ event: 'Packed', anonymousId: 'anon-1', userId: 'user-1' })
    expect(packed?.context).toEqual(visited?.context)
  })

  it('if identify throws, the handler answers, nothing is sent, and a warning says why', async () => {
    logs.length = 0
    expect(await (await get('/fall')).text()).toBe('ok')
    expect(await (await get('/', { 'sec-purpose': 'prefetch' })).text()).toBe('ok')
    await get('/end')
    expect((await arrived()).map(({ properties }) => properties)).toEqual([{ pathname: '/end' }])
    await vi.waitFor(() => expect(logs.join('')).toContain('identify() threw no session'))
  })

  it('where identify hangs, the handler answers after two seconds, nothing is sent, and a warning says why', async () => {
    logs.length = 0
    const response = await get('/hang')
    expect([await response.text(), response.headers.get('set-cookie')]).toEqual(['ok', null])
    await get('/end')
    expect((await arrived()).map(({ properties }) => properties)).toEqual([{ pathname: '/end' }])
    await vi.waitFor(() => expect(logs.join('')).toContain('identify() threw a timeout after 2000 ms'))
  })
})

const settings = () => ({ writeKey: 'identify', host: collector.url })
const request = (headers = {}) =>
  new Request('https://www.example.com/shoes', { headers: { cookie: COOKIE, ...headers } })

describe('on Vercel', () => {
  it('a route has a scope with ids, and its response has the cookie', async () => {
    const GET = vercel.withAnalytics(
      settings,
      async (_request, _context, analytics) => {
        await analytics.track({ event: 'Visited' })
        return Response.redirect('https://www.example.com/', 302)
      },
      { identify: async (request) => fromRequest(request, { host: 'vercel', ip: true }), setCookie: true },
    )
    const response = await GET(request({ 'x-real-ip': '203.0.113.9' }))
    expect(response.headers.get('set-cookie')).toMatch(SET_COOKIE)
    expect(await arrived()).toMatchObject([{ anonymousId: 'anon-1', context: { ip: '203.0.113.9' } }])
  })

  it('without setCookie the response is the same object', async () => {
    const own = new Response('ok')
    const GET = vercel.withAnalytics(settings, () => own, { identify: (request: Request) => fromRequest(request) })
    const response = await GET(request())
    expect(response).toBe(own)
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it.each([
    ['max-age=60', false],
    ['max-age=0, must-revalidate', true],
    ['private, max-age=60', true],
    ['no-cache, max-age=60', true],
    ['public', false],
  ])('with Cache-Control: %s, a response has the cookie: %s', async (caching, hasCookie) => {
    const GET = vercel.withAnalytics(settings, () => new Response('ok', { headers: { 'Cache-Control': caching } }), {
      identify: (request: Request) => fromRequest(request),
      setCookie: true,
    })
    expect((await GET(request())).headers.has('set-cookie')).toBe(hasCookie)
  })

  it('a cookie that is not a valid header does not change the response', async () => {
    const options = { identify: () => ({ anonymousId: 'a', setCookie: 'a=\u0100' }), setCookie: true }
    const GET = vercel.withAnalytics(settings, () => new Response('ok'), options)
    const response = await GET(request())
    expect([await response.text(), response.headers.get('set-cookie')]).toEqual(['ok', null])
    const [text] = await answer((_request, response) => void response.end('ok'), options)
    expect(text).toBe('ok')
  })

  it('code behind a proxy sees the cookie, and everything else that the proxy passes on', async () => {
    const proxyWith = (response: () => Response) =>
      vercel.withAnalytics(settings, response, {
        identify: (request: Request) => fromRequest(request),
        setCookie: true,
      })
    const first = new Request('https://www.example.com/', { headers: { cookie: 'a=b', 'x-own': 'c' } })
    const response = await proxyWith(next)(first)
    const [cookie] = (response.headers.get('set-cookie') ?? '').split(';')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-middleware-override-headers': 'cookie,x-own',
      'x-middleware-request-cookie': `${cookie}; a=b`,
      'x-middleware-request-x-own': 'c',
    })
    // One that has its own list keeps it.
    const replacing = () => next({ request: { headers: new Headers({ 'x-new': 'd' }) } })
    const replaced = await proxyWith(replacing)(first)
    expect(replaced.headers.get('x-middleware-override-headers')).toBe('x-new,cookie')
    expect(replaced.headers.get('x-middleware-request-cookie')).toMatch(/^ajs_anonymous_id=[\da-f-]{36}$/)
    // A visitor who has the cookie, and a response of the proxy's own.
    for (const [make, given] of [
      [next, request()],
      [() => new Response('ok'), first],
    ] as const) {
      expect((await proxyWith(make)(given)).headers.has('x-middleware-override-headers')).toBe(false)
    }
  })

  it('a response that signs out keeps its own cookie', async () => {
    const GET = vercel.withAnalytics(
      settings,
      (request: Request) => {
        const headers = fromRequest(request)
          .clear()
          .map((cookie) => ['Set-Cookie', cookie] as [string, string])
        return new Response('bye', { headers })
      },
      { identify: (request: Request) => fromRequest(request), setCookie: true },
    )
    expect((await GET(request())).headers.getSetCookie().filter((cookie) => cookie.includes('anonymous'))).toHaveLength(
      1,
    )
  })

  type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void
  /** What a Node function answers with. */
  async function answer(
    handler: NodeHandler,
    options: vercel.VercelOptions & IdentifyOptions<[request: IncomingMessage]> = {
      identify: (request) => fromRequest(request),
      setCookie: true,
    },
    before?: NodeHandler,
  ) {
    const wrapped = vercel.withAnalytics(settings, handler, options)
    const server = createServer((request, response) => {
      before?.(request, response)
      void wrapped(request, response)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    // The cast: it listens on a port.
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      headers: { cookie: COOKIE },
    })
    server.close()
    return [await response.text(), response.headers.getSetCookie()] as const
  }
  const own: [string, string] = ['Set-Cookie', 'a=b']
  const added = [expect.stringMatching(SET_COOKIE)]

  it.each<[string, NodeHandler, unknown[]]>([
    ['it sets cookies of its own', (_, response) => void response.setHeader(...own).end('ok'), ['a=b', ...added]],
    ['it writes the head', (_, response) => void response.writeHead(200, { 'X-Own': 'yes' }).end('ok'), added],
    ['it only writes', (_, response) => void (response.write('o') && response.end('k')), added],
    ['a cache keeps it', (_, response) => void response.setHeader('Cache-Control', 's-maxage=60').end('ok'), []],
    [
      'the head lets a cache keep it',
      (_, response) => void response.writeHead(200, { 'cache-control': 'public' }).end('ok'),
      [],
    ],
  ])('the response of a Node function has the cookie where possible: %s', async (_, handler, cookies) => {
    expect(await answer(handler)).toEqual(['ok', cookies])
  })

  it('a response that has started when its visitor is identified is unchanged', async () => {
    const begin: NodeHandler = (_, response) => void response.writeHead(200).flushHeaders()
    expect(await answer((_, response) => void response.end('ok'), undefined, begin)).toEqual(['ok', []])
  })

  it('an API route of the Pages Router answers with the cookie', async () => {
    const handler = vercel.withAnalytics(
      settings,
      async (_request: IncomingMessage, response: ServerResponse, analytics) => {
        analytics.track({ event: 'Visited' })
        response.setHeader('X-Own', 'yes').end('ok')
      },
      { identify: (request) => fromRequest(request), setCookie: true },
    )
    const server = createServer(handler).listen(0, '127.0.0.1')
    await once(server, 'listening')
    // The cast: it listens on a port.
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=c`, {
      headers: { cookie: COOKIE },
    })
    server.close()
    expect(response.headers.get('set-cookie')).toMatch(SET_COOKIE)
    expect(response.headers.get('x-own')).toBe('yes')
    expect(await arrived()).toMatchObject([{ userId: 'user-1', context: { page: { path: '/a', search: '?b=c' } } }])
  })
})

describe('on Lambda', () => {
  const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 3_000 } as lambda.LambdaContext
  const event = (version: '1.0' | '2.0') => ({
    version,
    headers: { Cookie: COOKIE },
    requestContext: { domainName: 'www.example.com', path: '/', http: { sourceIp: '203.0.113.9' } },
  })
  const own = { statusCode: 200, body: 'ok' }
  const wrap = (result: unknown) =>
    lambda.withAnalytics(
      settings(),
      async (_event: ReturnType<typeof event>, _context, analytics) => {
        analytics.track({ event: 'Visited' })
        return result
      },
      { identify: (event) => fromRequest(event, { host: 'lambda', ip: true }), setCookie: true },
    )

  it('a handler has a scope with ids, and its response has the cookie in the format of the event', async () => {
    expect(await wrap({ ...own, cookies: ['a=b'] })(event('2.0'), context)).toEqual({
      ...own,
      cookies: ['a=b', expect.stringMatching(SET_COOKIE)],
    })
    expect(await wrap(own)(event('1.0'), context)).toEqual({
      ...own,
      multiValueHeaders: { 'Set-Cookie': [expect.stringMatching(SET_COOKIE)] },
    })
    expect(await arrived(2)).toMatchObject([
      { anonymousId: 'anon-1', userId: 'user-1', context: { ip: '203.0.113.9' } },
      { anonymousId: 'anon-1' },
    ])
  })

  it('the response to a load balancer has the cookie in the one kind of headers that it reads', async () => {
    const { version, ...rest } = event('1.0')
    const requestContext = { ...rest.requestContext, elb: {} }
    const cookie = expect.stringMatching(SET_COOKIE)
    const single = { ...rest, version, requestContext }
    expect(await wrap(own)(single, context)).toEqual({ ...own, headers: { 'Set-Cookie': cookie } })
    const taken = { ...own, headers: { 'set-cookie': 'a=b' } }
    expect(await wrap(taken)(single, context)).toEqual(taken)
    const lists = { ...single, multiValueHeaders: { Cookie: [COOKIE] } }
    expect(await wrap(own)(lists, context)).toEqual({ ...own, multiValueHeaders: { 'Set-Cookie': [cookie] } })
  })

  it('only the headers for caches and cookies decide whether a response gets the cookie', async () => {
    const cookies = [expect.stringMatching(SET_COOKIE)]
    for (const headers of [{ Location: '/public/a?ajs_anonymous_id=b' }, { 'X-Own': 'public' }]) {
      expect(await wrap({ ...own, headers })(event('2.0'), context)).toEqual({ ...own, headers, cookies })
    }
    for (const headers of [{ 'cache-control': 'public' }, { 'CDN-Cache-Control': 'max-age=1' }]) {
      expect(await wrap({ ...own, headers })(event('2.0'), context)).toEqual({ ...own, headers })
    }
    const signedOut = { ...own, cookies: ['ajs_anonymous_id=new'] }
    expect(await wrap(signedOut)(event('2.0'), context)).toEqual(signedOut)
  })

  it('a result that is not an HTTP response is unchanged', async () => {
    for (const result of ['text', undefined, { records: [] }])
      expect(await wrap(result)(event('2.0'), context)).toBe(result)
  })
})

it('where identify hangs on Vercel and Lambda, the handler answers after two seconds, and nothing is sent', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  const options = { identify: () => new Promise<never>(() => {}), setCookie: true }
  const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 3_000 } as lambda.LambdaContext
  const GET = vercel.withAnalytics(
    settings,
    async (_request: Request, _context, analytics) =>
      new Response((await analytics.track({ event: 'Visited' })).status),
    options,
  )
  const handler = lambda.withAnalytics(
    settings(),
    async (_event: object, _context, analytics) => ({
      statusCode: 200,
      body: (await analytics.track({ event: 'A' })).status,
    }),
    options,
  )
  const [response, result] = await Promise.all([GET(request()), handler({ version: '2.0' }, context)])
  expect([await response.text(), response.headers.get('set-cookie')]).toEqual(['delivered', null])
  expect(result).toEqual({ statusCode: 200, body: 'delivered' })
  expect(collector.events()).toEqual([])
  expect(error.mock.calls.flat()).toEqual(Array(2).fill('analytics-edge: identify() threw a timeout after 2000 ms'))
  error.mockRestore()
})
