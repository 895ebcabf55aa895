import { type JSONRecord, refuse, toHeaderRecord } from '../../src/index.ts'
import type { HTTPRequest, LambdaRequest, NodeRequest, TrustedHost, WebRequest } from './types.ts'

/** The value of a header, by its name in lower case; empty if there is none. */
export type ReadHeader = (name: string) => string

/** A request, whichever host has made it. */
export interface ReadRequest {
  readonly header: ReadHeader
  readonly url: string
  /** Who is at the other end of the connection, as the host itself knows it. */
  readonly peer?: string | undefined
  /** What Cloudflare says of a request. */
  readonly cf?: JSONRecord | undefined
}

/** What the versions of Lambda's format have in their context, all but `elb` absent behind a load balancer. */
interface LambdaContext {
  /** Of a load balancer. */
  readonly elb?: object
  readonly domainName?: string
  readonly path?: string
  readonly http?: { readonly sourceIp?: string }
  readonly identity?: { readonly sourceIp?: string }
}

/** Whatever a request may have, and what it has says what it is; a socket with TLS has more than others. */
type AnyRequest = WebRequest &
  NodeRequest &
  LambdaRequest & { cf?: JSONRecord; requestContext?: LambdaContext; socket?: { encrypted?: boolean } }

export function readRequest(request: HTTPRequest, host: TrustedHost | undefined): ReadRequest {
  const given = Object(request) as AnyRequest
  const { headers, multiValueHeaders, requestContext: context, socket, url = '', originalUrl = url, cf } = given
  // Of Node, `get` would be a header.
  if (typeof headers?.get === 'function') return { header: (name) => headers.get(name) ?? '', url, cf }
  if (!headers && !context) refuse('request', "a Request, Node's IncomingMessage or an HTTP event of Lambda", request)

  // Lists are complete: of a header that came twice, the record has one.
  const values = toHeaderRecord(multiValueHeaders ?? headers)
  const header = (name: string) => values[name] ?? ''
  if (context) {
    // In the second version of the format, they are no header.
    if (given.cookies) values.cookie = given.cookies.join('; ')
    const { domainName = header('host'), http, identity } = context
    return { header, url: `https://${domainName}${targetOf(given, context)}`, peer: (http ?? identity)?.sourceIp }
  }
  const own = socket?.encrypted ? 'https' : 'http'
  // Without a proxy, it is the client's own.
  const isProxied = host && Object(host).hops !== 0
  const protocol = (isProxied && header('x-forwarded-proto').split(',').at(-1)?.trim()) || own
  // Of a client that takes the server for a proxy, it is a whole URL.
  const origin = originalUrl.startsWith('/') ? `${protocol}://${header('host')}` : ''
  return { header, url: origin + originalUrl, peer: socket?.remoteAddress }
}

/** Path and query. */
function targetOf(event: LambdaRequest, { elb, path = event.path ?? '' }: LambdaContext): string {
  const { rawPath = path, queryStringParameters: last, multiValueQueryStringParameters: all = last } = event
  const pairs = Object.entries(all ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, `${value}`]),
  )
  // A load balancer leaves them encoded.
  const query = elb ? pairs.map((pair) => pair.join('=')).join('&') : new URLSearchParams(pairs)
  return `${rawPath}?${event.rawQueryString ?? query}`
}
