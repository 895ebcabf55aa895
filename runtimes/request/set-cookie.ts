/** A year, as in analytics.js. */
const MAX_AGE_S = 31_536_000

/**
 * The registrable domain: a name under a one-label suffix, or under one of the common two-label ones. For other long
 * suffixes, the browser rejects the cookie, so that there are never two with the same name. None for localhost and
 * addresses.
 */
const REGISTRABLE =
  /(?:^|\.)([\w-]{1,63}\.(?:(?:com?|net|org|gov|edu|ac)\.[a-z]{2}|(?:workers|pages)\.dev|(?:vercel|netlify)\.app|herokuapp\.com|(?!localhost$|\d+$)[\w-]{1,63}))$/

/** The domain that analytics.js finds by trial: the highest one for which the browser accepts a cookie. */
export function guessDomain(hostname = ''): string | undefined {
  return REGISTRABLE.exec(hostname)?.[1]
}

/**
 * The cookie that makes analytics.js adopt an id: for the registrable domain, like its own, because two with the same
 * name would diverge; and not `HttpOnly`, because it must read it.
 */
export function writeCookie(name: string, value: string, domain: string | undefined, maxAgeS = MAX_AGE_S): string {
  const scope = domain ? `Domain=${domain}; ` : ''
  return `${name}=${encodeURIComponent(value)}; ${scope}Path=/; Max-Age=${maxAgeS}; SameSite=Lax`
}
