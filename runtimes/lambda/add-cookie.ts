/** What begins an HTTP response: its result, or the metadata of a stream. */
interface HTTPResult {
  readonly statusCode?: unknown
  readonly cookies?: readonly string[]
  readonly multiValueHeaders?: Readonly<Record<string, readonly unknown[] | undefined>>
}

/** A copy of an HTTP response with a cookie, where the format of the event has a place for it. Any other result stays as it is. */
export function addCookie(event: unknown, result: unknown, cookie: string | undefined): unknown {
  // The casts: anything may be returned, and looking is how to tell.
  const response = result as HTTPResult | null | undefined
  if (!cookie || typeof response !== 'object' || response?.statusCode === undefined) return result
  if ((event as { version?: unknown }).version === '2.0') return addToCookies(response, cookie)
  if (setsCookie(response)) return result
  const { multiValueHeaders = {} } = response
  const name = Object.keys(multiValueHeaders).find((each) => each.toLowerCase() === 'set-cookie') ?? 'Set-Cookie'
  return {
    ...response,
    multiValueHeaders: { ...multiValueHeaders, [name]: [...(multiValueHeaders[name] ?? []), cookie] },
  }
}

/** The same for the second version of the format, and for the metadata of a stream in each. */
export function addToCookies(response: HTTPResult, cookie: string): HTTPResult {
  return setsCookie(response) ? response : { ...response, cookies: [...(response.cookies ?? []), cookie] }
}

/** Whether the handler has put the cookie there itself, to sign a visitor out for example; or a cache may give it to others. */
function setsCookie(response: HTTPResult): boolean {
  const head = JSON.stringify({ ...response, body: undefined })
  return /ajs_anonymous_id=|\bpublic\b|s-maxage|cdn-cache-control|surrogate-control/i.test(head)
}
