/** A Response. */
interface ResponseLike {
  readonly status: number
  readonly body: unknown
  readonly headers: {
    get(name: string): string | null
    append(name: string, value: string): void
  }
}

/** Without a word on who may keep it, everybody may. */
const MAY_BE_SHARED = /\bpublic\b|s-maxage|^(?!.*(private|no-(store|cache))).*max-age=0*[1-9]/i

/** Headers that only caches read which many share. */
const SHARED = ['cdn-cache-control', 'cloudflare-cdn-cache-control', 'vercel-cdn-cache-control', 'surrogate-control']

/**
 * Whether the cookie of a visitor has no place in a response: it sets the cookie itself, or a cache may give it to others, with the id
 * of this visitor. @param read a header by its name in lower case
 */
export function forbidsCookie(read: (name: string) => string | null | undefined): boolean {
  return (
    MAY_BE_SHARED.test(`${read('cache-control')}`) ||
    SHARED.some(read) ||
    /ajs_anonymous_id=/.test(`${read('set-cookie')}`)
  )
}

/** A response with the cookie of a visitor; one that cannot be changed is copied, its stream passed on. */
export function addCookie(response: ResponseLike, cookie: string): ResponseLike {
  if (forbidsCookie((name) => response.headers.get(name))) return response
  let changed = response
  try {
    changed.headers.append('set-cookie', cookie)
  } catch {
    // The cast: `src/web.d.ts` knows less of it.
    const { Response } = globalThis as unknown as { Response: new (body: unknown, init: ResponseLike) => ResponseLike }
    changed = new Response(response.body, response)
    changed.headers.append('set-cookie', cookie)
  }
  return changed
}
