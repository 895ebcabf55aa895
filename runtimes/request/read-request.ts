import type { JSONRecord } from '../../src/index.ts'
import { throwInvalid, toHeaderRecord } from '../../src/kit/index.ts'
import type { HTTPRequest, LambdaRequest, NodeRequest, TrustedHost, WebRequest } from './types.ts'

/** Returns the value of a header, by its lower-case name; empty if there is none. */
export type ReadHeader = (name: string) => string

/** A request in one form for all hosts. */
export interface ReadRequest {
  readonly header: ReadHeader
  readonly url: string
  /** The other end of the connection, as the host itself sees it. */
  readonly peer?: string | undefined
  /** Cloudflare's properties of a request. */
  readonly cf?: JSONRecord | undefined
}

/** The contexts of all versions of Lambda's format; behind a load balancer, only `elb` is present. */
interface LambdaContext {
  /** Set by a load balancer. */
  readonly elb?: object
  readonly domainName?: string
  readonly path?: string
  readonly http?: { readonly sourceIp?: string }
  readonly identity?: { readonly sourceIp?: string }
}

/** Has all possible fields; those present show the kind of request. A TLS socket has more than others. */
type AnyRequest = WebRequest &
  NodeRequest &
  LambdaRequest & { cf?: JSONRecord; requestContext?: LambdaContext; socket?: { encrypted?: boolean } }

export function readRequest(request: HTTPRequest, host: TrustedHost | undefined): ReadRequest {
  const given = Object(request) as AnyRequest
  const { headers, multiValueHeaders, requestContext: context, socket, url = '', originalUrl = url, cf } = given
  // On Node's headers, `get` would be the name of a header.
  if (typeof headers?.get === 'function') return { header: (name) => headers.get(name) ?? '', url, cf }
  if (!headers && !context)
    throwInvalid('request', "a Request, Node's IncomingMessage or an HTTP event of Lambda", request)

  // Lists are complete; the record has only one value of a repeated header.
  const values = toHeaderRecord(multiValueHeaders ?? headers)
  const header = (name: string) => values[name] ?? ''
  if (context) {
    // In version 2.0 of the format, cookies are not a header.
    if (given.cookies) values.cookie = given.cookies.join('; ')
    const { domainName = header('host'), http, identity } = context
    return { header, url: `https://${domainName}${targetOf(given, context)}`, peer: (http ?? identity)?.sourceIp }
  }
  const own = socket?.encrypted ? 'https' : 'http'
  // Without a proxy, the client itself sent the header.
  const isProxied = host && Object(host).hops !== 0
  const protocol = (isProxied && header('x-forwarded-proto').split(',').at(-1)?.trim()) || own
  // It is a full URL if the client takes the server for a proxy.
  const origin = originalUrl.startsWith('/') ? `${protocol}://${header('host')}` : ''
  return { header, url: origin + originalUrl, peer: socket?.remoteAddress }
}

function targetOf(event: LambdaRequest, { elb, path = event.path ?? '' }: LambdaContext): string {
  const { rawPath = path, queryStringParameters: last, multiValueQueryStringParameters: all = last } = event
  const pairs = Object.entries(all ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, `${value}`]),
  )
  // A load balancer leaves them encoded.
  const query = elb ? pairs.map((pair) => pair.join('=')).join('&') : new URLSearchParams(pairs)
  return `${rawPath}?${event.rawQueryString ?? query}`
}
