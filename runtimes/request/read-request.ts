import type { JSONRecord } from '../../src/index.ts'
import { throwInvalid, toHeaderRecord } from '../../src/kit/index.ts'
import { decode } from './decode.ts'
import type { AnyOptions, HTTPRequest, LambdaRequest, NodeRequest, WebRequest } from './types.ts'

/** Returns the value of a header, by its lower-case name; empty if there is none. */
export type ReadHeader = (name: string) => string

/** A request in one form for all hosts. */
export interface ReadRequest {
  readonly header: ReadHeader
  readonly url: string
  /** The address of the client, as the trusted host sees it. */
  readonly ip: string | undefined
  /** Cloudflare's properties of a request. */
  readonly cf: JSONRecord | undefined
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

/** The header in which a host gives the client's address; Lambda has it in its event. */
const IP_HEADERS: JSONRecord = { __proto__: null, cloudflare: 'cf-connecting-ip', vercel: 'x-real-ip', lambda: '' }

/** IPv4 or IPv6; some proxies add a port, and brackets to separate it. */
const ADDRESS = /^\[?(\d{1,3}(\.\d{1,3}){3}|(?=.*:.*:)[\da-f:.]{2,45})(?=]|:\d+$|$)/i

export function readRequest(request: HTTPRequest, { host, ip, location }: AnyOptions): ReadRequest {
  const ipHeader = IP_HEADERS[host as string] as string | undefined
  // The number of proxies whose headers count. The cast: JavaScript code may pass anything.
  const { hops = ipHeader === undefined ? -1 : 1 } = Object(host) as { hops?: number }
  if (host === undefined ? ip || location : !(Number.isInteger(hops) && hops >= 0)) {
    throwInvalid('host', "'cloudflare', 'vercel', 'lambda' or { hops: 0, 1, … } for ip and location", host)
  }
  const given = Object(request) as AnyRequest
  const { headers, requestContext: context, socket } = given
  if (!headers && !context) throwInvalid('request', 'a Request, an IncomingMessage or an HTTP event of Lambda', request)

  // On Node's headers, `get` would be the name of a header.
  const isWeb = typeof headers?.get === 'function'
  // Lists are complete; the record has only one value of a repeated header. In version 2.0 of Lambda's format, cookies
  // are not a header.
  const values = isWeb ? {} : toHeaderRecord({ cookie: given.cookies, ...(given.multiValueHeaders ?? headers) })
  const header = (name: string) => (isWeb ? headers.get(name) : values[name]) ?? ''
  // Each proxy appends its caller, so only the last entries come from ours.
  const seen = (name: string, index: number) => header(name).split(',').at(-index)?.trim()

  // Without a proxy, the client itself sent the header.
  const protocol = () => (hops > 0 && seen('x-forwarded-proto', 1)) || (context || socket?.encrypted ? 'https' : 'http')

  const target = context ? targetOf(given, context) : (given.originalUrl ?? given.url ?? '')
  const peer = (context?.http ?? context?.identity)?.sourceIp ?? socket?.remoteAddress
  return {
    header,
    // It is a full URL in a Request, and if the client takes the server for a proxy. After an @, the host must not be
    // empty.
    url: target[0] === '/' ? `${protocol()}://@${context?.domainName ?? header('host')}${target}` : target,
    // Read only if asked for.
    get ip() {
      return ADDRESS.exec(`${hops > 0 && ipHeader !== '' ? seen(ipHeader ?? 'x-forwarded-for', hops) : peer}`)?.[1]
    },
    cf: given.cf,
  }
}

function targetOf(event: LambdaRequest, { elb, path = event.path ?? '/' }: LambdaContext): string {
  const parameters = event.multiValueQueryStringParameters ?? event.queryStringParameters ?? {}
  const query = `${new URLSearchParams(
    Object.entries(parameters).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, `${value}`]),
    ),
  )}`
  // A load balancer leaves them encoded, so that here they are encoded twice.
  return `${event.rawPath ?? path}?${event.rawQueryString ?? (elb ? decode(query) : query)}`
}
