import { forbidsCookie, toHeaderRecord } from '../../src/kit/index.ts'

/** The start of an HTTP response: a handler's result, or the metadata of a stream. */
interface HTTPResult {
  readonly statusCode?: unknown
  readonly cookies?: readonly string[]
  readonly headers?: object
  readonly multiValueHeaders?: Readonly<Record<string, readonly unknown[] | undefined>>
}

/** The fields that determine the format of the result. */
interface HTTPEvent {
  readonly version?: unknown
  readonly requestContext?: { readonly elb?: unknown }
  readonly multiValueHeaders?: unknown
}

/**
 * A copy of an HTTP response with a cookie, if the event's format has a place for it. Any other result is returned
 * unchanged.
 */
export function addCookie(event: unknown, result: unknown, cookie: string | undefined): unknown {
  // The casts: arguments and results can be anything; the checks below find out.
  const response = result as HTTPResult | null | undefined
  if (!cookie || typeof response !== 'object' || response?.statusCode === undefined) return result
  const { version, requestContext, multiValueHeaders: lists } = Object(event) as HTTPEvent
  if (version === '2.0') return addToCookies(response, cookie)
  const read = readHeaders(response)
  if (forbidsCookie(read)) return result
  // A load balancer that does not send lists does not read them either, and so has room for only one cookie.
  if (requestContext?.elb && !lists) {
    return read('set-cookie') ? result : { ...response, headers: { ...response.headers, 'Set-Cookie': cookie } }
  }
  const { multiValueHeaders = {} } = response
  const name = Object.keys(multiValueHeaders).find((each) => each.toLowerCase() === 'set-cookie') ?? 'Set-Cookie'
  return {
    ...response,
    multiValueHeaders: { ...multiValueHeaders, [name]: [...(multiValueHeaders[name] ?? []), cookie] },
  }
}

/** The same for version 2.0 of the format, and for the metadata of a stream in either version. */
export function addToCookies(response: HTTPResult, cookie: string): HTTPResult {
  if (forbidsCookie(readHeaders(response))) return response
  return { ...response, cookies: [...(response.cookies ?? []), cookie] }
}

function readHeaders({ headers, multiValueHeaders, cookies }: HTTPResult): (name: string) => string {
  const records = [toHeaderRecord(headers), toHeaderRecord(multiValueHeaders), { 'set-cookie': `${cookies ?? ''}` }]
  return (name) =>
    records
      .map((record: Record<string, string>) => record[name])
      .filter(Boolean)
      .join(', ')
}
