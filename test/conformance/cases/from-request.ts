import { equal, ok, only, throws } from '../assert.ts'
import { type Case, receivedEvents } from '../case.ts'

const ID = '0b0a2a5c-9a3d-4c1e-8f57-6d0d3c1b2a19'
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
const COOKIE = `theme=dark; ajs_anonymous_id=%22${ID}%22; ajs_user_id=jan%C3%A9`
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64)'
const SET_COOKIE = `ajs_anonymous_id=${ID}; Domain=example.com; Path=/; Max-Age=31536000; SameSite=Lax`
const PAGE = { url: 'https://www.example.com/shoes?size=42', path: '/shoes', search: '?size=42' }
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

const get = (headers: Record<string, string>, url = PAGE.url) => new Request(url, { headers })

export const fromRequestCases: Case[] = [
  {
    name: 'fromRequest reads the ids and the context of a browser from a Request',
    run({ fromRequest }) {
      const headers = {
        cookie: COOKIE,
        referer: 'https://jane:secret@news.example/a?b=c#d',
        'user-agent': AGENT,
        'accept-language': 'de-CH, de;q=0.9',
        traceparent: TRACEPARENT,
      }
      const request = get(headers, 'https://www.example.com/?utm_source=news&utm_campaign=spring+s%C3%A4le')
      const identity = fromRequest(request, { traceparent: true })
      equal(identity, {
        anonymousId: ID,
        userId: 'jané',
        context: {
          page: {
            url: 'https://www.example.com/?utm_source=news&utm_campaign=spring+s%C3%A4le',
            path: '/',
            search: '?utm_source=news&utm_campaign=spring+s%C3%A4le',
            referrer: 'https://news.example/a?b=c',
          },
          campaign: { source: 'news', name: 'spring säle' },
          userAgent: AGENT,
          locale: 'de-CH',
          traceparent: TRACEPARENT,
        },
        setCookie: SET_COOKIE,
      })
      equal(structuredClone(identity), JSON.parse(JSON.stringify(identity)), 'plain data')
    },
  },
  {
    name: "fromRequest reads Node's requests and both versions of Lambda's events alike",
    run({ fromRequest }) {
      const headers = { host: 'www.example.com', cookie: COOKIE, 'user-agent': AGENT }
      const titled = { Host: headers.host, 'User-Agent': AGENT }
      const requests = [
        get({ cookie: COOKIE, 'user-agent': AGENT }),
        // A cast: what a socket with TLS has more.
        { headers, url: '/shoes?size=42', socket: { encrypted: true } as object },
        {
          headers: titled,
          cookies: COOKIE.split('; '),
          rawPath: '/shoes',
          rawQueryString: 'size=42',
          requestContext: { domainName: headers.host },
        },
        {
          headers: { ...titled, Cookie: COOKIE },
          queryStringParameters: { size: '42' },
          requestContext: { domainName: headers.host, path: '/shoes' },
        },
      ]
      const expected = {
        anonymousId: ID,
        userId: 'jané',
        context: { page: PAGE, userAgent: AGENT },
        setCookie: SET_COOKIE,
      }
      for (const request of requests) equal(fromRequest(request), expected)
    },
  },
  {
    name: 'fromRequest creates an anonymous id if there is none, or a malformed one',
    run({ fromRequest }) {
      for (const cookie of ['a=b', 'ajs_anonymous_id=%E0%A4%A; ajs_user_id=', 'ajs_anonymous_id=%22open']) {
        const { anonymousId, userId } = fromRequest(get({ cookie }))
        ok(UUID.test(anonymousId), `'${anonymousId}' of '${cookie}' is a UUID`)
        equal(userId, undefined, 'the userId')
      }
      const [one, other] = [get({}), get({})].map((request) => fromRequest(request).anonymousId)
      ok(one !== other, 'each request has its own')
    },
  },
  {
    name: 'fromRequest takes address and location only from the named host',
    run({ fromRequest }) {
      const request = {
        headers: new Headers({
          'cf-connecting-ip': '192.0.2.1',
          'x-real-ip': '192.0.2.2',
          'x-forwarded-for': '192.0.2.3, 192.0.2.4',
          'x-vercel-ip-city': 'S%C3%A3o%20Paulo',
          'x-vercel-ip-latitude': '-23.5',
        }),
        cf: { city: 'Bern', regionCode: 'BE', latitude: '46.9', timezone: 'Europe/Zurich' },
      }
      const located = { ip: true, location: true } as const
      const contexts = [
        fromRequest(request),
        fromRequest(request, { host: 'cloudflare', ...located }),
        fromRequest(request, { host: 'vercel', ...located }),
        fromRequest(request, { host: { hops: 2 }, ...located }),
        fromRequest(request, { host: 'lambda', ...located }),
      ].map(({ context }) => context)
      equal(contexts, [
        undefined,
        { ip: '192.0.2.1', timezone: 'Europe/Zurich', location: { city: 'Bern', region: 'BE', latitude: 46.9 } },
        { ip: '192.0.2.2', location: { city: 'São Paulo', latitude: -23.5 } },
        { ip: '192.0.2.3' },
        undefined,
      ])
    },
  },
  {
    name: 'fromRequest without consent returns a new id, no address and no query',
    run({ fromRequest }) {
      const headers = { cookie: COOKIE, 'x-real-ip': '192.0.2.2', 'user-agent': AGENT }
      const located = { host: 'vercel', ip: true, location: true } as const
      const identities = [
        fromRequest(get(headers), { ...located, consent: () => undefined }),
        fromRequest(get(headers), {
          ...located,
          consent: () => {
            throw new Error('no consent cookie')
          },
        }),
        fromRequest(get({ ...headers, 'sec-gpc': '1' }), located),
      ]
      for (const { anonymousId, ...others } of identities) {
        ok(UUID.test(anonymousId) && anonymousId !== ID, 'a new id')
        equal(others, {
          context: { page: { url: 'https://www.example.com/shoes', path: '/shoes', search: '' }, userAgent: AGENT },
          integrations: { All: false },
        })
      }
      const categories = { Analytics: true, Advertising: false }
      const { context, anonymousId } = fromRequest(get(headers), { consent: () => categories })
      equal([anonymousId, context?.consent], [ID, { categoryPreferences: categories }], 'with consent')
    },
  },
  {
    name: 'fromRequest recognises prefetches',
    run({ fromRequest }) {
      const { purpose, disable, setCookie } = fromRequest(get({ 'sec-purpose': 'prefetch;prerender' }))
      equal([purpose, disable, setCookie], ['prerender', true, undefined])
    },
  },
  {
    name: 'fromRequest rejects a misspelt option, and anything but a request',
    run({ fromRequest, lib }) {
      // Casts, since the types refuse these.
      for (const error of [
        throws(() => fromRequest(get({}), { consnt: () => undefined } as never)),
        throws(() => fromRequest({} as never)),
      ]) {
        ok(error instanceof lib.ValidationError, `${String(error)} is a ValidationError`)
      }
    },
  },
  {
    name: 'a scope from fromRequest sends the ids and the context with each call',
    async run({ fromRequest, createClient, collector }) {
      const scope = createClient().scope(fromRequest(get({ cookie: COOKIE })))
      scope.track({ event: 'Visited', context: { app: { name: 'shop' } } } as never)
      await scope.flush()
      const { anonymousId, userId, context } = only(await receivedEvents(collector))
      // The cast: what the library adds is another case's.
      const { library: _, ...own } = context as Record<string, unknown>
      equal([anonymousId, userId, own], [ID, 'jané', { app: { name: 'shop' }, page: PAGE }])
    },
  },
]
