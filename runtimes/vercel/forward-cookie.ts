interface HeadersLike extends Iterable<[string, string]> {
  get(name: string): string | null
  set(name: string, value: string): void
}

export interface WithHeaders {
  readonly headers: HeadersLike
}

const NAMES = 'x-middleware-override-headers'
const PREFIX = 'x-middleware-request-'

/**
 * Code behind a proxy does not see the cookie set by the proxy's response, and would create another id on a first
 * visit. So the response passes it on, in the headers with which `NextResponse.next({ request: { headers } })` and
 * Vercel's `next()` replace those of the request.
 */
export function forwardCookie(
  { headers: request }: WithHeaders,
  { headers: response }: WithHeaders,
  setCookie: string,
): void {
  if (!response.get('x-middleware-next') && !response.get('x-middleware-rewrite')) return
  // The proxy may replace them itself.
  const names = response.get(NAMES)?.split(',')
  const cookies = (names ? response.get(`${PREFIX}cookie`) : request.get('cookie')) ?? ''
  const [cookie = ''] = setCookie.split(';')
  if (cookies.includes(cookie)) return
  // Headers that are not listed are removed.
  const replaced = new Map(names ? names.map((name) => [name, response.get(PREFIX + name) ?? '']) : request)
  // Of two cookies with the same name, the first counts.
  replaced.set('cookie', cookies ? `${cookie}; ${cookies}` : cookie)
  response.set(NAMES, [...replaced.keys()].join(','))
  for (const [name, value] of replaced) response.set(PREFIX + name, value)
}
