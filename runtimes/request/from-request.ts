import { checkOptions } from './check-options.ts'
import { readConsent } from './consent.ts'
import { parsePage } from './parse-page.ts'
import { readContext } from './read-context.ts'
import { readIds } from './read-ids.ts'
import { readIp, readLocation } from './read-location.ts'
import { type ReadRequest, readRequest } from './read-request.ts'
import { addCookie, guessDomain, writeCookie } from './set-cookie.ts'
import { readTraceparent } from './traceparent.ts'
import type { AnyOptions, FromRequestOptions, HTTPRequest, RequestIdentity } from './types.ts'

/** By which a wrapper finds what adds the cookie to a response. A copy of the identity keeps it; JSON and clones do without. */
const ADD_COOKIE = Symbol.for('analytics-edge.add-cookie')

/**
 * Reads who made a request, and from where: the ids of analytics.js, or a new anonymous id, and the context of a browser. Nothing that
 * a client sends makes it throw: malformed values are left out, and the result stays below 24 KB.
 *
 * @throws ValidationError for a wrong option, and for what is not a request
 * @example
 * import { fromRequest } from 'analytics-edge/request'
 *
 * const identity = fromRequest(request, { host: 'cloudflare', ip: true })
 * analytics.scope(identity).track({ event: 'Visited' })
 * @see {@link https://segment.com/docs/connections/spec/common/#context | Segment's spec: context}
 */
export function fromRequest<Request extends HTTPRequest>(
  request: Request,
  options: FromRequestOptions<Request> = {},
): RequestIdentity {
  // The cast: the types say what goes together, the code looks at each.
  const settings = options as AnyOptions
  checkOptions(settings)
  const { host, ip, location, consent: ask, withoutConsent, gpc, trackPrefetch, traceparent } = settings
  const read = readRequest(request, host)
  const { isGiven, consent } = readConsent(ask && (() => ask(request)), gpc !== false && read.header('sec-gpc') === '1')
  const page = parsePage(read.url, !isGiven)
  const purpose = readPurpose(read)
  const isLeftOut = purpose && !trackPrefetch
  const { anonymousId = crypto.randomUUID(), userId } = isGiven ? readIds(read.header('cookie')) : {}
  const domain = settings.domain ?? guessDomain(page?.hostname)
  const setCookie = isGiven && !isLeftOut ? writeCookie('ajs_anonymous_id', anonymousId, domain) : undefined
  // Through JSON, which leaves out what is undefined.
  const plain = JSON.stringify({
    anonymousId,
    userId,
    context: {
      ...readContext(read, page, !isGiven),
      consent,
      traceparent: traceparent ? readTraceparent(read.header('traceparent')) : undefined,
      ...(host && isGiven && { ip: ip ? readIp(read, host) : undefined, ...(location && readLocation(read, host)) }),
    },
    integrations: isGiven ? undefined : { All: false },
    disable: isLeftOut || (!isGiven && withoutConsent === 'nothing') ? true : undefined,
    purpose,
    setCookie,
  })
  const identity = JSON.parse(plain)
  if (setCookie) identity[ADD_COOKIE] = (response: never) => addCookie(response, setCookie)
  // Not enumerable, so that the rest is plain data.
  return Object.defineProperty(identity, 'clear', { value: () => writeClear(domain) })
}

/** Why a browser asks for a page that nobody looks at yet. The router of Next has a header of its own. */
function readPurpose({ header }: ReadRequest): RequestIdentity['purpose'] {
  const purpose = header('sec-purpose') || header('purpose') || header('x-moz')
  if (/prerender/.test(purpose)) return 'prerender'
  return /prefetch/.test(purpose) || header('next-router-prefetch') ? 'prefetch' : undefined
}

/** The new id takes the place of the old one, which analytics.js would find in its localStorage: the cookie wins. */
function writeClear(domain: string | undefined): string[] {
  return [
    writeCookie('ajs_anonymous_id', crypto.randomUUID(), domain),
    ...['ajs_user_id', 'ajs_group_id', 'ajs_user', '_sio'].map((name) => writeCookie(name, '', domain, 0)),
  ]
}
