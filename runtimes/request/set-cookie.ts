/** As analytics.js has it: a year. */
const MAX_AGE_S = 31_536_000

/**
 * The registrable domain: a name under an ending of one label, or of those two that many sites have. The browser refuses a cookie
 * for a longer ending that is missing here, so that there are never two of one name. None for localhost and addresses.
 */
const REGISTRABLE =
  /(?:^|\.)([\w-]{1,63}\.(?:(?:com?|net|org|gov|edu|ac)\.[a-z]{2}|(?:workers|pages)\.dev|(?:vercel|netlify)\.app|herokuapp\.com|(?!localhost$|\d+$)[\w-]{1,63}))$/

/** The domain that analytics.js finds by trial: the highest one that the browser takes a cookie for. */
export function guessDomain(hostname = ''): string | undefined {
  return REGISTRABLE.exec(hostname)?.[1]
}

/**
 * Exactly what makes analytics.js adopt an id: for the registrable domain, as its own cookie is, since two of one name would part
 * ways; and not `HttpOnly`, since it has to read it.
 */
export function writeCookie(name: string, value: string, domain: string | undefined, maxAgeS = MAX_AGE_S): string {
  const scope = domain ? `Domain=${domain}; ` : ''
  return `${name}=${encodeURIComponent(value)}; ${scope}Path=/; Max-Age=${maxAgeS}; SameSite=Lax`
}
