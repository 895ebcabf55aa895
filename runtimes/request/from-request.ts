import type { JSONRecord } from '../../src/index.ts'
import { checkOptions } from '../../src/kit/index.ts'
import { CHECKS } from './check-options.ts'
import { readConsent } from './consent.ts'
import { readContext } from './read-context.ts'
import { readIds } from './read-ids.ts'
import { addLocation } from './read-location.ts'
import { parseUrl } from './read-page.ts'
import { type ReadHeader, readRequest } from './read-request.ts'
import { createCookieWriter } from './set-cookie.ts'
import { toPlain } from './to-plain.ts'
import { readTraceparent } from './traceparent.ts'
import type { AnyOptions, FromRequestOptions, HTTPRequest, RequestIdentity } from './types.ts'

/**
 * Reads who made a request: the ids of analytics.js, or a new anonymous id, and the browser's context. No client input makes it
 * throw: malformed values are left out, and the result stays below 24 KB.
 *
 * @throws ValidationError for a wrong option, or if the argument is not a request
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
  // The cast: the types restrict combinations; the code checks each option.
  const settings = checkOptions<AnyOptions, typeof CHECKS>(options as AnyOptions, CHECKS)
  const read = readRequest(request, settings)
  const { header } = read
  const { isGiven, categoryPreferences } = readConsent(
    request,
    settings.consent,
    settings.gpc && header('sec-gpc').includes('1'),
  )
  const url = parseUrl(read.url)
  const writeCookie = createCookieWriter(url?.hostname, settings.domain)
  const purpose = readPurpose(header)
  const isLeftOut = purpose && !settings.trackPrefetch

  const context = readContext(header, url, isGiven)
  context.consent = { categoryPreferences }
  if (settings.traceparent) context.traceparent = readTraceparent(header('traceparent'))
  if (isGiven && settings.ip) context.ip = read.ip
  if (isGiven && settings.location) addLocation(context, read, settings.host)

  const identity: JSONRecord = readIds(isGiven ? header('cookie') : '')
  identity.context = context
  identity.purpose = purpose
  if (!isGiven) identity.integrations = { All: false }
  if (isLeftOut || (!isGiven && settings.withoutConsent === 'nothing')) identity.disable = true
  if (isGiven && !isLeftOut) identity.setCookie = writeCookie('ajs_anonymous_id', identity.anonymousId)
  // A new id replaces the old one, which analytics.js would otherwise find in its localStorage: the cookie takes
  // precedence.
  const clear = () => [
    writeCookie('ajs_anonymous_id', crypto.randomUUID()),
    ...['ajs_user_id', 'ajs_user', 'ajs_group_id', '_sio'].map((name) => writeCookie(name, '', 0)),
  ]
  // Not enumerable, so that the rest is plain data. The cast: the rest has the fields of the type.
  return Object.defineProperty(toPlain(identity) as unknown as RequestIdentity, 'clear', { value: clear })
}

/** Why a browser requests a page that is not shown yet. Next's router has its own header. */
function readPurpose(header: ReadHeader): RequestIdentity['purpose'] {
  const purpose =
    header('sec-purpose') || header('purpose') || header('x-moz') || (header('next-router-prefetch') && 'prefetch')
  return (['prerender', 'prefetch'] as const).find((each) => purpose.includes(each))
}
