import { type JSONRecord, refuse } from '../../src/index.ts'
import type { HTTPRequest, LambdaRequest, NodeRequest, TrustedHost, WebRequest } from './types.ts'

/** A request, whichever host has made it. */
export interface ReadRequest {
  /** The value of a header, by its name in lower case; empty if there is none. */
  readonly header: (name: string) => string
  readonly url: string
  /** Who is at the other end of the connection, as the host itself knows it. */
  readonly peer?: string | undefined
  /** What Cloudflare says of a request. */
  readonly cf?: JSONRecord | undefined
}

export function readRequest(request: HTTPRequest, host: TrustedHost | undefined): ReadRequest {
  // Casts in here: what is there says what it is.
  const {
    headers,
    requestContext,
    url = '',
    cf,
  } = Object(request) as WebRequest & {
    requestContext?: LambdaContext
    cf?: JSONRecord
  }
  if (requestContext) return readLambda(request as LambdaRequest, requestContext)
  if (!headers) refuse('request', "a Request, Node's IncomingMessage or an HTTP event of Lambda", request)
  if (!headers.get) return readNode(request as NodeRequest, host)
  return { header: (name) => headers.get(name) ?? '', url, cf }
}

function readNode({ headers, socket, url, originalUrl = url }: NodeRequest, host?: TrustedHost): ReadRequest {
  const header = (name: string) => `${headers[name] ?? ''}`
  // The cast: a socket with TLS has more than others.
  const own = (socket as { encrypted?: boolean } | undefined)?.encrypted ? 'https' : 'http'
  const protocol = (host && header('x-forwarded-proto').split(',').at(-1)?.trim()) || own
  return { header, url: `${protocol}://${header('host')}${originalUrl}`, peer: socket?.remoteAddress }
}

/** What the two versions of the format have in their context. */
interface LambdaContext {
  readonly domainName?: string
  readonly path?: string
  readonly http?: { readonly sourceIp?: string }
  readonly identity?: { readonly sourceIp?: string }
}

function readLambda(event: LambdaRequest, { domainName, path, http, identity }: LambdaContext): ReadRequest {
  const { headers, cookies, rawPath = path, rawQueryString, queryStringParameters } = event
  const values: JSONRecord = { cookie: cookies?.join('; ') }
  for (const [name, value] of Object.entries(headers ?? {})) values[name.toLowerCase()] = value
  // The cast: they are texts.
  const query = rawQueryString ?? new URLSearchParams((queryStringParameters ?? {}) as Record<string, string>)
  return {
    header: (name) => `${values[name] ?? ''}`,
    url: `https://${domainName}${rawPath}?${query}`,
    peer: http?.sourceIp ?? identity?.sourceIp,
  }
}
