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

/** A Response. */
interface ResponseLike {
  readonly status: number
  readonly body: unknown
  readonly headers: {
    get(name: string): string | null
    append(name: string, value: string): void
  }
}

/**
 * A response with the cookie; one that cannot be changed is copied, its stream passed on. It stays as it is if it sets the cookie
 * itself, or if a cache may give it to others, with the id of this visitor.
 */
export function addCookie(response: ResponseLike, cookie: string): ResponseLike {
  const { headers, body } = response
  if (/\bpublic\b|s-maxage/i.test(headers.get('cache-control') ?? '')) return response
  if (headers.get('set-cookie')?.includes('ajs_anonymous_id=')) return response
  try {
    headers.append('set-cookie', cookie)
    return response
  } catch {
    // The cast: `src/web.d.ts` knows less of it.
    const { Response } = globalThis as unknown as { Response: new (body: unknown, init: ResponseLike) => ResponseLike }
    return addCookie(new Response(body, response), cookie)
  }
}
