/** The part of a `Response` that is needed. */
interface ResponseLike {
  readonly status: number
  readonly body: unknown
  readonly headers: {
    get(name: string): string | null
    append(name: string, value: string): void
  }
}

/** A `Cache-Control` that lets shared caches store the response; without `private`, a `max-age` does. */
const MAY_BE_SHARED = /\bpublic\b|s-maxage|^(?!.*(private|no-(store|cache))).*max-age=0*[1-9]/i

/** Headers that only shared caches read. */
const SHARED = ['cdn-cache-control', 'cloudflare-cdn-cache-control', 'vercel-cdn-cache-control', 'surrogate-control']

/**
 * Whether a response must not get a visitor's cookie, because it sets the cookie itself, or because a shared cache may give it to other
 * visitors. For hosts whose response is not a `Response`; `IdentifiedScope.respond` checks it.
 *
 * @param read returns the value of a header of the response, by its name in lower case
 */
export function forbidsCookie(read: (name: string) => string | null | undefined): boolean {
  return (
    MAY_BE_SHARED.test(`${read('cache-control')}`) ||
    SHARED.some(read) ||
    /ajs_anonymous_id=/.test(`${read('set-cookie')}`)
  )
}

/** Adds a visitor's cookie to a response. A response that cannot be changed is copied with the same stream. */
export function addCookie(response: ResponseLike, cookie: string): ResponseLike {
  if (forbidsCookie((name) => response.headers.get(name))) return response
  let changed = response
  try {
    changed.headers.append('set-cookie', cookie)
  } catch {
    // The cast: `src/web.d.ts` declares only part of it.
    const { Response } = globalThis as unknown as { Response: new (body: unknown, init: ResponseLike) => ResponseLike }
    changed = new Response(response.body, response)
    changed.headers.append('set-cookie', cookie)
  }
  return changed
}
