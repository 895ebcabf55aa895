/**
 * The registrable domain: a name under a one-label suffix, or under one of the common two-label ones. For other long
 * suffixes, the browser rejects the cookie, so that there are never two with the same name. None for localhost and
 * addresses.
 */
const REGISTRABLE =
  /[\w-]{1,63}\.((com?|net|org|gov|edu|ac)\.[a-z]{2}|(workers|pages)\.dev|(vercel|netlify)\.app|herokuapp\.com|(?!localhost$)[a-z][\w-]{1,62})$/

export type WriteCookie = (name: string, value: string, maxAgeS?: number) => string

/**
 * Writes cookies that make analytics.js adopt an id: for the registrable domain, like its own, because two with the
 * same name would diverge; and not `HttpOnly`, because it must read it. They last for a year, as in analytics.js.
 * @param domain by default, what analytics.js finds by trial: the highest one for which the browser accepts a cookie
 */
export const createCookieWriter =
  (hostname = '', domain = REGISTRABLE.exec(hostname)?.[0]): WriteCookie =>
  (name, value, maxAgeS = 31_536_000) =>
    `${name}=${encodeURIComponent(value)}; ${domain ? `Domain=${domain}; ` : ''}Path=/; Max-Age=${maxAgeS}; SameSite=Lax`
