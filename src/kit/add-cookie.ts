/** A Response. */
interface ResponseLike {
  readonly status: number
  readonly body: unknown
  readonly headers: {
    get(name: string): string | null
    append(name: string, value: string): void
  }
}

/** Headers that only caches read which many share. */
const SHARED = ['cdn-cache-control', 'cloudflare-cdn-cache-control', 'vercel-cdn-cache-control', 'surrogate-control']

/**
 * A response with the cookie of a visitor; one that cannot be changed is copied, its stream passed on. It stays as it is if it sets
 * the cookie itself, or if a cache may give it to others, with the id of this visitor.
 */
export function addCookie(response: ResponseLike, cookie: string): ResponseLike {
  const { headers, body } = response
  if (/\bpublic\b|s-maxage/i.test(`${headers.get('cache-control')}`) || SHARED.some((name) => headers.get(name))) {
    return response
  }
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
