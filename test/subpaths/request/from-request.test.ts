import { geolocation, ipAddress } from '@vercel/edge'
import { describe, expect, it, vi } from 'vitest'
import { type FromRequestOptions, fromRequest } from '../../../runtimes/request/index.ts'
import { ValidationError } from '../../../src/index.ts'

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
const ID = '0b0a2a5c-9a3d-4c1e-8f57-6d0d3c1b2a19'

/** A request of a browser for a page. */
const get = (headers: Record<string, string> = {}, url = 'https://www.example.com/shoes') =>
  new Request(url, { headers })
const withCookie = (cookie: string) => fromRequest(get({ cookie }))

describe('ids', () => {
  it.each([
    ['plain', ID],
    ['percent-encoded', encodeURIComponent('jané@example.com'), 'jané@example.com'],
    ['JSON, percent-encoded', `%22${ID}%22`],
    ['JSON', `"${ID}"`],
    ['a number', '12345678901234567890', '12345678901234567890'],
    ['a number in an object', '%7B%22id%22%3A42%7D', '42'],
    ['an object', `%7B%22id%22%3A%22${ID}%22%2C%22traits%22%3A%7B%7D%7D`],
  ])('are read from a cookie that is %s', (_, value, id = value.includes(ID) ? ID : value) => {
    expect(withCookie(`a=b; ajs_anonymous_id=${value}; ajs_user_id=${value}; c`)).toMatchObject({
      anonymousId: id,
      userId: id,
    })
  })

  it('are read from the cookies of the first versions of analytics.js', () => {
    const legacy = `_sio=${ID}----user-1; ajs_user=%7B%22id%22%3A%22user-1%22%7D`
    expect(withCookie(legacy)).toMatchObject({ anonymousId: ID, userId: 'user-1' })
  })

  it('are those of the first of two cookies with the same name, unless it is malformed', () => {
    expect(withCookie(`ajs_anonymous_id=one; ajs_anonymous_id=two`).anonymousId).toBe('one')
    expect(withCookie(`ajs_anonymous_id=%E0%A4%A; ajs_anonymous_id=two`).anonymousId).toBe('two')
  })

  it.each([
    '',
    'null',
    '%20',
    '%22%22',
    'undefined',
    'true',
    '%E0%A4%A',
    '%22open',
    '{"id":{}}',
    '{"id":null}',
    '{"id":1e400}',
    '{"id":-1e400}',
    '%22%5Cud800%22',
    'a%0D%0ASet-Cookie: x=y',
    'x'.repeat(257),
  ])('are left out if the cookie is malformed, %j, and replaced by a new anonymous id', (value) => {
    const { anonymousId, userId } = withCookie(`ajs_anonymous_id=${value}; ajs_user_id=${value}`)
    expect(anonymousId).toMatch(UUID)
    expect(userId).toBeUndefined()
  })

  it('are read from a list of cookies, even if joined by commas that JSON also contains', () => {
    expect(withCookie(`a=b,ajs_anonymous_id=${ID},ajs_user_id={"id":"u","a":"b"},c=d`)).toMatchObject({
      anonymousId: ID,
      userId: 'u',
    })
  })

  it('are read from the cookies of a Lambda event, whatever the names of the cookies after them', () => {
    const cookies = [`ajs_anonymous_id=${ID}`, 'AMCVS_0A1%40AdobeOrg=1', 'ajs_user_id=u', '$a.b=c=d']
    expect(fromRequest({ headers: {}, cookies, requestContext: {} })).toMatchObject({ anonymousId: ID, userId: 'u' })
  })

  it('are not read from cookies whose names only end alike', () => {
    expect(withCookie(`not_ajs_anonymous_id=${ID}`).anonymousId).not.toBe(ID)
  })
})

describe('context', () => {
  it('matches what analytics.js reports of the page, the campaign and the browser', () => {
    const request = get(
      {
        referer: 'https://jane:secret@news.example/a?b=c#d',
        'user-agent': 'Mozilla/5.0',
        'accept-language': 'de-CH, de;q=0.9, *;q=0.1',
      },
      'https://www.example.com/shoes?utm_source=news&utm_campaign=spring+sale&utm_=x&x=y#top',
    )
    expect(fromRequest(request).context).toEqual({
      page: {
        url: 'https://www.example.com/shoes?utm_source=news&utm_campaign=spring+sale&utm_=x&x=y',
        path: '/shoes',
        search: '?utm_source=news&utm_campaign=spring+sale&utm_=x&x=y',
        referrer: 'https://news.example/a?b=c',
      },
      campaign: { source: 'news', name: 'spring sale' },
      userAgent: 'Mozilla/5.0',
      locale: 'de-CH',
    })
  })

  it('leaves out missing fields', () => {
    expect(fromRequest({ headers: new Headers() })).toEqual({
      anonymousId: expect.any(String),
      setCookie: expect.any(String),
    })
    expect(fromRequest(get({ 'accept-language': '*', referer: 'nonsense' })).context).toEqual({
      page: { url: 'https://www.example.com/shoes', path: '/shoes', search: '' },
    })
  })

  it('has the campaign as analytics.js reads it: the last of two, without malformed ones, eight at most', () => {
    const query = 'utm_source=a&utm_source=b%20c&utm_medium=%E0%A4%A&utm___proto__=x&autm_term=x&utm_Content=x'
    expect(fromRequest(get({}, `https://www.example.com/?${query}`)).context?.campaign).toEqual({ source: 'b c' })
    const many = Array.from({ length: 9 }, (_, index) => `utm_x${index}=${index}`).join('&')
    expect(Object.keys(fromRequest(get({}, `https://www.example.com/?${many}`)).context?.campaign ?? {})).toHaveLength(
      8,
    )
  })

  it('does not join a full URL to the host, and has no page if no host is known', () => {
    const whole = { headers: { host: 'www.example.com' }, url: 'http://other.example/shoes' }
    expect(fromRequest(whole).context?.page).toMatchObject({ url: 'http://other.example/shoes' })
    expect(fromRequest({ headers: {}, requestContext: {} }).context).toBeUndefined()
    expect(fromRequest({ headers: {}, path: '/shoes', requestContext: {} }).context).toBeUndefined()
    expect(fromRequest({ headers: {}, url: '/shoes' }).context).toBeUndefined()
  })

  it('of Node is read even if a client sends a header named like a method', () => {
    const headers = { host: 'www.example.com', get: 'x', entries: 'x', __proto__: 'x', cookie: `ajs_user_id=u` }
    expect(fromRequest({ headers, url: '/shoes' })).toMatchObject({
      userId: 'u',
      context: { page: { path: '/shoes' } },
    })
  })

  it("is the same for Node, Express and both versions of Lambda's events", () => {
    const headers = { host: 'www.example.com', cookie: `ajs_anonymous_id=${ID}`, 'user-agent': 'Mozilla/5.0' }
    const expected = fromRequest(get(headers, 'https://www.example.com/shoes?size=42'))
    const { host, cookie, 'user-agent': agent } = headers
    const requests = [
      // A cast: what a socket with TLS has more.
      { headers, url: '/shoes?size=42', socket: { encrypted: true } as object },
      { headers, url: '/', originalUrl: '/shoes?size=42', socket: { encrypted: true } as object },
      {
        headers: { 'User-Agent': agent },
        cookies: [cookie],
        rawPath: '/shoes',
        rawQueryString: 'size=42',
        requestContext: { domainName: host },
      },
      {
        headers: { Cookie: cookie, 'User-Agent': agent },
        queryStringParameters: { size: '42' },
        requestContext: { domainName: host, path: '/shoes' },
      },
      // Of a load balancer, which knows each header as a list if it is told to.
      {
        multiValueHeaders: { host: [host], cookie: [cookie], 'user-agent': [agent] },
        path: '/shoes',
        queryStringParameters: { size: '42' },
        requestContext: { elb: {} },
      },
    ]
    for (const request of requests) expect(JSON.stringify(fromRequest(request))).toBe(JSON.stringify(expected))
  })

  it('has each cookie and parameter of a load balancer that sends lists, which it leaves encoded', () => {
    const multiValueQueryStringParameters = { utm_source: ['a', 'b%20c'], size: ['42'] }
    const event = {
      multiValueHeaders: { Host: ['www.example.com'], Cookie: ['a=b', `ajs_anonymous_id=${ID}`, 'ajs_user_id=u'] },
      multiValueQueryStringParameters,
      path: '/shoes',
      requestContext: { elb: {} },
    }
    expect(fromRequest(event)).toMatchObject({
      anonymousId: ID,
      userId: 'u',
      context: { page: { search: '?utm_source=a&utm_source=b%20c&size=42' }, campaign: { source: 'b c' } },
    })
    const queryStringParameters = { utm_source: 'b%20c' }
    const single = { headers: { host: 'www.example.com' }, queryStringParameters, requestContext: { elb: {} } }
    expect(fromRequest(single).context).toMatchObject({ page: { search: '?utm_source=b%20c' } })
  })

  it('has every value of a repeated name in a REST API', () => {
    const event = {
      headers: { Cookie: 'ajs_user_id=u' },
      multiValueHeaders: { Cookie: [`ajs_anonymous_id=${ID}`, 'ajs_user_id=u'] },
      queryStringParameters: { a: '2 3' },
      multiValueQueryStringParameters: { a: ['1', '2 3'] },
      requestContext: { domainName: 'www.example.com', path: '/prod/shoes' },
    }
    expect(fromRequest(event)).toMatchObject({
      anonymousId: ID,
      userId: 'u',
      context: { page: { url: 'https://www.example.com/prod/shoes?a=1&a=2+3' } },
    })
  })

  it('does not trust a client about the protocol of a server without a proxy', () => {
    const request = { headers: { host: 'www.example.com', 'x-forwarded-proto': 'https' }, url: '/' }
    const urlOf = (host?: { hops: number }) => fromRequest(request, { host }).context?.page?.url
    expect([urlOf(), urlOf({ hops: 0 }), urlOf({ hops: 1 })]).toEqual([
      'http://www.example.com/',
      'http://www.example.com/',
      'https://www.example.com/',
    ])
  })
})

describe('ip and location', () => {
  const forged = {
    'cf-connecting-ip': '192.0.2.1',
    'x-real-ip': '192.0.2.2',
    'x-forwarded-for': '192.0.2.3, 198.51.100.4,[::1], 203.0.113.5:4711',
    'x-vercel-ip-city': 'S%C3%A3o%20Paulo',
  }
  const contextOf = (options: FromRequestOptions) => fromRequest(get(forged), options).context

  it('are absent unless requested, whatever the headers say', () => {
    for (const options of [{}, { host: 'cloudflare' }, { host: 'vercel' }, { host: { hops: 1 } }] as const) {
      expect(Object.keys(contextOf(options) ?? {})).toEqual(['page'])
    }
  })

  it.each([
    ['cloudflare', '192.0.2.1'],
    ['vercel', '192.0.2.2'],
    [{ hops: 1 }, '203.0.113.5'],
    [{ hops: 3 }, '198.51.100.4'],
    [{ hops: 5 }, undefined],
    ['lambda', undefined],
    [{ hops: 0 }, undefined],
  ] as const)('come from the host %j: the address that it has seen, and no other', (host, ip) => {
    expect(contextOf({ host, ip: true })?.ip).toBe(ip)
  })

  it.each([
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:198.51.100.7', '::ffff:198.51.100.7'],
    ['198.51.100.7:80', '198.51.100.7'],
    ['unknown', undefined],
    ['dead.beef', undefined],
    ['...', undefined],
    ['[]', undefined],
    ['a:80', undefined],
  ])('written as %j are %j', (forwarded, ip) => {
    const request = get({ 'x-forwarded-for': `192.0.2.3, ${forwarded}` })
    expect(fromRequest(request, { host: { hops: 1 }, ip: true }).context?.ip).toBe(ip)
  })

  it('on Lambda and from a socket come from the host itself', () => {
    const headers = { 'x-forwarded-for': '192.0.2.3' }
    const versions = [{ http: { sourceIp: '198.51.100.7' } }, { identity: { sourceIp: '198.51.100.7' } }]
    for (const requestContext of versions) {
      expect(fromRequest({ headers, requestContext }, { host: 'lambda', ip: true }).context?.ip).toBe('198.51.100.7')
    }
    const node = { headers, url: '/', socket: { remoteAddress: '::ffff:198.51.100.7' } }
    expect(fromRequest(node, { host: { hops: 0 }, ip: true }).context?.ip).toBe('::ffff:198.51.100.7')
    // The socket is that of a proxy, which is not the visitor's address.
    expect(fromRequest(node, { host: { hops: 2 }, ip: true }).context?.ip).toBeUndefined()
  })

  it('on Vercel match @vercel/edge', () => {
    const request = get({
      ...forged,
      'x-vercel-ip-country': 'BR',
      'x-vercel-ip-country-region': 'SP',
      'x-vercel-ip-latitude': '-23.5475',
      'x-vercel-ip-longitude': '0',
      'x-vercel-ip-postal-code': '01000-000',
      'x-vercel-ip-timezone': 'America/Sao_Paulo',
    })
    const { context } = fromRequest(request, { host: 'vercel', ip: true, location: true })
    const { city, country, countryRegion, latitude, longitude, postalCode } = geolocation(request)
    expect(context).toMatchObject({
      ip: ipAddress(request),
      location: {
        city,
        country,
        region: countryRegion,
        postalCode,
        latitude: Number(latitude),
        longitude: Number(longitude),
      },
      timezone: 'America/Sao_Paulo',
    })
    expect(city).toBe('São Paulo')
  })

  it('on Cloudflare come from request.cf', () => {
    const cf = {
      city: 'Bern',
      country: 'CH',
      region: 'Canton',
      regionCode: 'BE',
      latitude: '46.9',
      timezone: 'Europe/Zurich',
    }
    const request = Object.assign(get(), { cf })
    const { context } = fromRequest(request, { host: 'cloudflare', location: true })
    expect(context?.location).toEqual({ city: 'Bern', country: 'CH', region: 'BE', latitude: 46.9 })
    expect(context?.timezone).toBe('Europe/Zurich')
  })
})

describe('the cookie', () => {
  const cookieOf = (url: string, options?: FromRequestOptions) =>
    fromRequest(get({ cookie: `ajs_anonymous_id=${ID}` }, url), options).setCookie

  it('is adopted by analytics.js: set for the site, readable by scripts, valid for a year', () => {
    expect(cookieOf('https://www.example.com/')).toBe(
      `ajs_anonymous_id=${ID}; Domain=example.com; Path=/; Max-Age=31536000; SameSite=Lax`,
    )
  })

  it.each([
    ['example.com', 'example.com'],
    ['shop.example.com', 'example.com'],
    ['www.example.co.uk', 'example.co.uk'],
    ['example.com.au', 'example.com.au'],
    ['shop.team.workers.dev', 'team.workers.dev'],
    ['app.herokuapp.com', 'app.herokuapp.com'],
    ['localhost:3000', undefined],
    ['shop.localhost', undefined],
    ['127.0.0.1', undefined],
    ['[::1]:8080', undefined],
  ])('on %s is for the domain %s', (host, domain) => {
    expect(/Domain=([^;]+)/.exec(cookieOf(`http://${host}/`) ?? '')?.[1]).toBe(domain)
  })

  it('is for the configured domain', () => {
    expect(cookieOf('https://example.blogspot.com/', { domain: 'example.blogspot.com' })).toContain(
      '; Domain=example.blogspot.com;',
    )
  })

  it('for signing out removes the userId and replaces the anonymousId', () => {
    const [first, ...others] = fromRequest(get({ cookie: `ajs_anonymous_id=${ID}` })).clear()
    expect(first).toMatch(/^ajs_anonymous_id=[\da-f-]{36}; Domain=example.com; Path=\/; Max-Age=31536000/)
    expect(first).not.toContain(ID)
    expect(others.map((header) => header.replace(/; Domain.*Max-Age/, '; Max-Age'))).toEqual(
      ['ajs_user_id', 'ajs_user', 'ajs_group_id', '_sio'].map((name) => `${name}=; Max-Age=0; SameSite=Lax`),
    )
  })
})

describe('consent', () => {
  const cookie = `ajs_anonymous_id=${ID}; ajs_user_id=user-1`
  const address = 'https://www.example.com/a?utm_source=x&token=t'
  const request = (headers = {}) =>
    get({ cookie, referer: 'https://other.example/?q=1', 'cf-connecting-ip': '192.0.2.1', ...headers }, address)
  const closed = { integrations: { All: false } }
  const located = { host: 'cloudflare', ip: true, location: true } as const

  it('changes nothing if given, and is sent as in analytics.js', () => {
    const categories = { Analytics: true, Advertising: false }
    const identity = fromRequest(request(), { ...located, consent: () => categories })
    expect(identity).toMatchObject({ anonymousId: ID, userId: 'user-1', setCookie: expect.any(String) })
    expect(identity.context).toMatchObject({ ip: '192.0.2.1', consent: { categoryPreferences: categories } })
    expect(identity).not.toHaveProperty('integrations')
  })

  it.each([
    ['no category is agreed to', () => ({ Analytics: false })],
    ['nobody has been asked', () => undefined],
    [
      'the function throws',
      () => {
        throw new Error('no consent cookie')
      },
    ],
    // Casts, since a program in JavaScript may return them.
    ['the function is async', (async () => ({ Analytics: true })) as never],
    // An unhandled rejection would fail the run.
    ['the function rejects', (() => Promise.reject(new Error('no consent store'))) as never],
    ['no name is one of a category', () => JSON.parse('{"__proto__":true}')],
    ['the function returns a text', (() => 'yes') as never],
    ['a value is no boolean', (() => ({ Analytics: 'yes' })) as never],
  ] as [string, () => undefined][])('is missing if %s: no ids, address, query and cookie', (_, consent) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const identity = fromRequest(request(), { ...located, consent })
    error.mockRestore()
    expect(identity).toMatchObject(closed)
    expect(identity.anonymousId).toMatch(UUID)
    expect(JSON.stringify(identity)).not.toMatch(new RegExp(`${ID}|user-1|192\\.0\\.2|token|q=1|"disable"|setCookie`))
    expect(identity.context?.campaign).toEqual({ source: 'x' })
  })

  it('is withdrawn by Global Privacy Control, whatever else was agreed to, unless gpc is false', () => {
    const consent = () => ({ Analytics: true })
    const optedOut = fromRequest(request({ 'sec-gpc': '1' }), { consent })
    expect(optedOut).toMatchObject({ ...closed, context: { consent: { categoryPreferences: { Analytics: false } } } })
    expect(fromRequest(request({ 'sec-gpc': '1' }))).toMatchObject(closed)
    // Two headers of one name are joined.
    expect(fromRequest(request({ 'sec-gpc': '1, 1' }))).toMatchObject(closed)
    expect(fromRequest(request({ 'sec-gpc': '1' }), { gpc: false, consent }).anonymousId).toBe(ID)
    expect(fromRequest(request({ 'sec-gpc': '0' })).anonymousId).toBe(ID)
  })

  it("stops everything if missing, with withoutConsent: 'nothing'", () => {
    expect(fromRequest(request(), { consent: () => undefined, withoutConsent: 'nothing' }).disable).toBe(true)
  })
})

describe('prefetches', () => {
  it.each([
    ['prefetch', { 'sec-purpose': 'prefetch' }],
    ['prefetch', { 'sec-purpose': 'prefetch;anonymous-client-ip' }],
    ['prerender', { 'sec-purpose': 'prefetch;prerender' }],
    ['prefetch', { purpose: 'prefetch' }],
    ['prefetch', { 'x-moz': 'prefetch' }],
    ['prefetch', { 'next-router-prefetch': '1' }],
  ])('are recognised and left out: %s, %j', (purpose, headers: object) => {
    const identity = fromRequest(get({ ...headers }))
    expect(identity).toMatchObject({ purpose, disable: true })
    expect(identity).not.toHaveProperty('setCookie')
    const tracked = fromRequest(get({ ...headers }), { trackPrefetch: true })
    expect(tracked).toMatchObject({ purpose, setCookie: expect.any(String) })
    expect(tracked).not.toHaveProperty('disable')
  })
})

describe('the result', () => {
  it('is plain data: a clone equals its JSON', () => {
    const identity = fromRequest(get({ cookie: 'ajs_user_id=u' }), { host: 'vercel', ip: true })
    expect(structuredClone(identity)).toStrictEqual(JSON.parse(JSON.stringify(identity)))
  })
})

describe('an invalid argument is rejected by name', () => {
  it.each([
    ['host', { ip: true }],
    ['host', { location: true }],
    ['host', { host: 'fly' }],
    ['host', { host: { hops: -1 } }],
    ['host', { host: { hops: '1' } }],
    ['host', { host: null }],
    ['ip', { host: 'vercel', ip: 'yes' }],
    ['consent', { consent: { Analytics: true } }],
    ['withoutConsent', { withoutConsent: 'ids' }],
    ['domain', { domain: 'com; HttpOnly' }],
    ['domain', { domain: 'https://example.com' }],
    ['domain', { domain: ['example.com'] }],
    ['options', { cookieDomain: 'example.com' }],
    ['options', null],
  ])('%s in %j', (field, options) => {
    // A cast, since the types refuse these.
    const call = () => fromRequest(get(), options as never)
    expect(call).toThrow(ValidationError)
    expect(call).toThrow(expect.objectContaining({ field }))
  })

  it.each([[undefined], [null], ['GET /'], [{}]])('the request %j', (request) => {
    expect(() => fromRequest(request as never)).toThrow(expect.objectContaining({ field: 'request' }))
  })
})
