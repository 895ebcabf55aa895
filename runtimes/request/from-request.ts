import { checkOptions } from './check-options.ts'
import { readConsent } from './consent.ts'
import { parseUrl } from './parse-page.ts'
import { readContext } from './read-context.ts'
import { readIds } from './read-ids.ts'
import { readIp, readLocation } from './read-location.ts'
import { type ReadHeader, readRequest } from './read-request.ts'
import { guessDomain, writeCookie } from './set-cookie.ts'
import { toPlain } from './to-plain.ts'
import { readTraceparent } from './traceparent.ts'
import type { AnyOptions, FromRequestOptions, HTTPRequest, RequestIdentity } from './types.ts'

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
  // The cast: the types restrict combinations; the code checks each option.
  const settings = options as AnyOptions
  checkOptions(settings)
  const { host, consent: ask } = settings
  const read = readRequest(request, host)
  const { header } = read
  const hasOptedOut = settings.gpc !== false && header('sec-gpc') === '1'
  const { isGiven, categoryPreferences } = readConsent(ask && (() => ask(request)), hasOptedOut)
  const url = parseUrl(read.url)
  const domain = settings.domain ?? guessDomain(url?.hostname)
  const purpose = readPurpose(header)
  const isLeftOut = purpose && !settings.trackPrefetch
  const { anonymousId = crypto.randomUUID(), userId } = readIds(isGiven ? header('cookie') : '')
  const setCookie = isGiven && !isLeftOut ? writeCookie('ajs_anonymous_id', anonymousId, domain) : undefined
  const trusted = isGiven && host
  const plain = toPlain({
    anonymousId,
    userId,
    context: {
      ...readContext(header, url, !isGiven),
      consent: { categoryPreferences },
      traceparent: settings.traceparent ? readTraceparent(header('traceparent')) : undefined,
      ip: trusted && settings.ip ? readIp(read, trusted) : undefined,
      ...(trusted && settings.location && readLocation(read, trusted)),
    },
    integrations: isGiven ? undefined : { All: false },
    disable: isLeftOut || (!isGiven && settings.withoutConsent === 'nothing') || undefined,
    purpose,
    setCookie,
  })
  // Not enumerable, so that the rest is plain data. The cast: the rest has the fields of the type.
  return Object.defineProperty(plain as unknown as RequestIdentity, 'clear', { value: () => writeClear(domain) })
}

/** Why a browser requests a page that is not shown yet. Next's router has its own header. */
function readPurpose(header: ReadHeader): RequestIdentity['purpose'] {
  const purpose =
    header('sec-purpose') || header('purpose') || header('x-moz') || (header('next-router-prefetch') && 'prefetch')
  return (['prerender', 'prefetch'] as const).find((each) => purpose.includes(each))
}

/**
 * A new id replaces the old one, which analytics.js would otherwise find in its localStorage: the cookie takes
 * precedence.
 */
function writeClear(domain: string | undefined): string[] {
  return [
    writeCookie('ajs_anonymous_id', crypto.randomUUID(), domain),
    ...['ajs_user_id', 'ajs_group_id', 'ajs_user', '_sio'].map((name) => writeCookie(name, '', domain, 0)),
  ]
}
