import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type FromRequestOptions, fromRequest } from '../../../runtimes/request/index.ts'

const RUN_COUNT = 10_000
/** What `fromRequest` says of itself. */
const MAX_BYTES = 24 * 1024

const NAMES = [
  'cookie',
  'host',
  'referer',
  'user-agent',
  'accept-language',
  'sec-purpose',
  'sec-gpc',
  'traceparent',
  'x-forwarded-for',
  'x-forwarded-proto',
  'cf-connecting-ip',
  'x-real-ip',
  'x-vercel-ip-city',
  'x-vercel-ip-latitude',
  'next-router-prefetch',
]

/** Pieces that mean something somewhere, in any order and any number. */
const piece = fc.oneof(
  fc.constantFrom(
    'ajs_anonymous_id=',
    'ajs_user_id=',
    'ajs_user=',
    '_sio=',
    '----',
    '; ',
    '=',
    '%',
    '%22',
    '%E0%A4%A',
    '"',
    '{',
  ),
  fc.constantFrom(
    '{"id":',
    '}',
    '[',
    '__proto__',
    'constructor',
    'null',
    '\\ud800',
    'https://',
    '://',
    '@',
    '?utm_source=',
    '&utm___proto__=',
  ),
  fc.constantFrom(
    'de-',
    ',',
    '192.0.2.1',
    ':80',
    '[::1]',
    '..',
    '\u0000',
    '\r\n',
    '\uD800',
    '😀',
    'a.',
    'ÿ',
    'prefetch',
    '00-',
    '1e999',
    'NaN',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const value = fc
  .tuple(fc.array(piece, { maxLength: 12 }), fc.constantFrom(1, 1, 1, 1, 500))
  .map(([pieces, times]) => pieces.join('').repeat(times))
const headers = fc.dictionary(fc.constantFrom(...NAMES), value)
const options = fc.constantFrom<FromRequestOptions>(
  {},
  { host: 'cloudflare', ip: true, location: true, traceparent: true },
  { host: 'vercel', ip: true, location: true, trackPrefetch: true, gpc: false },
  { host: { hops: 1 }, ip: true, traceparent: true },
)

/** As each host gives them; a Web Request refuses what no server lets through, so its headers are a record that answers. */
const request = fc.tuple(fc.nat(4), headers, value).map(([kind, record, path]) => {
  if (kind === 0)
    return { headers: { get: (name: string) => record[name] ?? null }, url: `https://example.com/${path}` }
  if (kind === 1) return { headers: record, url: path, socket: { remoteAddress: path } }
  const requestContext = { domainName: record.host, path, http: { sourceIp: path } }
  if (kind === 2) return { headers: record, cookies: [path], rawPath: path, rawQueryString: path, requestContext }
  if (kind === 3) return { headers: record, queryStringParameters: { [path]: path }, requestContext }
  const lists = Object.fromEntries(Object.entries(record).map(([name, text]) => [name, [text, path]]))
  const parameters = { [path]: [path, path] }
  return { multiValueHeaders: lists, multiValueQueryStringParameters: parameters, requestContext: { elb: {} }, path }
})

it(`none of ${RUN_COUNT} hostile requests throws, and no result exceeds its limits`, () => {
  fc.assert(
    fc.property(request, options, (given, chosen) => {
      const identity = fromRequest(given, chosen)
      const json = JSON.stringify(identity)
      expect(Buffer.byteLength(json)).toBeLessThan(MAX_BYTES)
      expect(structuredClone(identity)).toEqual(JSON.parse(json))
      expect(identity.anonymousId).toMatch(/^\P{C}{1,256}$/u)
      for (const cookie of [identity.setCookie ?? '', ...identity.clear()])
        expect(cookie).toMatch(/^[\x20-\x7e]{0,3000}$/)
      expect({}).not.toHaveProperty('source')
    }),
    { numRuns: RUN_COUNT },
  )
})
