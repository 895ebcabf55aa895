import type { IntegrationsOptions, ScopeOptions } from '../../src/index.ts'

// Structural request types, so that the package has no type dependencies; those of the DOM, Node and @types/aws-lambda
// fit.

/** A Web Request, or whatever else has its headers: `{ headers: await headers() }` in a server component of Next. */
export interface WebRequest {
  readonly headers: { get(name: string): string | null }
  readonly url?: string | undefined
}

type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>

/** Node's IncomingMessage, also as Express and the Pages Router of Next extend it. */
export interface NodeRequest {
  readonly headers: HeaderRecord
  readonly url?: string | undefined
  /** Of Express, whose routers cut the `url`. */
  readonly originalUrl?: string | undefined
  readonly socket?: { readonly remoteAddress?: string | undefined } | null | undefined
}

/** An HTTP event of Lambda: of an HTTP API, a REST API or a function URL, in either version of the format; or of an ALB. */
export interface LambdaRequest {
  readonly headers?: HeaderRecord | null | undefined
  readonly multiValueHeaders?: HeaderRecord | null | undefined
  readonly cookies?: readonly string[] | undefined
  readonly path?: string | undefined
  readonly rawPath?: string | undefined
  readonly rawQueryString?: string | undefined
  readonly queryStringParameters?: HeaderRecord | null | undefined
  readonly multiValueQueryStringParameters?: HeaderRecord | null | undefined
  readonly requestContext: object
}

export type HTTPRequest = WebRequest | NodeRequest | LambdaRequest

/**
 * Who is trusted to say where a request came from. `cloudflare`, `vercel` and `lambda` overwrite what a client sends; `hops` is the
 * number of proxies of your own that add to `X-Forwarded-For`, 0 for Node's own socket.
 */
export type TrustedHost = 'cloudflare' | 'vercel' | 'lambda' | { readonly hops: number }

/** Consent categories by their names in Segment, and whether the visitor has agreed to each. */
export type ConsentCategories = Readonly<Record<string, boolean>>

interface Options<Request> {
  /**
   * What the visitor has agreed to; undefined if they have not been asked. Nothing is taken for granted: without a category that is
   * true, and if the function throws, the request is without consent. @default everything is agreed to
   */
  consent?: ((request: Request) => ConsentCategories | undefined) | undefined
  /**
   * What becomes of a request without consent. `'anonymous'`: a new id for this request alone, no `userId`, ip, location,
   * timezone or query, no cookie, and `integrations: { All: false }`. `'nothing'`: nothing is sent. @default 'anonymous'
   */
  withoutConsent?: 'anonymous' | 'nothing' | undefined
  /** Whether `Sec-GPC: 1`, Global Privacy Control, means a request without consent. @default true */
  gpc?: boolean | undefined
  /** Whether prefetched and prerendered pages are tracked, which may never be seen. @default false */
  trackPrefetch?: boolean | undefined
  /**
   * The registrable domain, which the cookie is set for: `example.co.uk`. @default guessed from the host; none on localhost and for
   * addresses
   */
  domain?: string | undefined
  /** Put the trace in `context.traceparent`: OpenTelemetry's active span, else the header. @default false */
  traceparent?: boolean | undefined
}

interface Unlocated {
  host?: TrustedHost | undefined
  ip?: false | undefined
  location?: false | undefined
}

interface Located {
  /** Whose word is taken for `ip` and `location`. */
  host: TrustedHost
  /** Put the visitor's address in `context.ip`. @default false */
  ip?: boolean | undefined
  /** Put city, country, region and so on in `context.location`, as Cloudflare or Vercel knows them, and `timezone`. @default false */
  location?: boolean | undefined
}

export type FromRequestOptions<Request = HTTPRequest> = Options<Request> & (Unlocated | Located)

/** All options in any combination, because types do not protect JavaScript code. */
export type AnyOptions = Options<HTTPRequest> & Pick<Located, 'ip' | 'location'> & Pick<Unlocated, 'host'>

/** Options of a scope, and the cookie that makes analytics.js adopt the id. */
export interface RequestIdentity extends Pick<ScopeOptions, 'context' | 'disable'> {
  readonly anonymousId: string
  readonly userId?: string
  readonly integrations?: IntegrationsOptions
  /** Why the browser asks, if nobody may ever see the page. */
  readonly purpose?: 'prefetch' | 'prerender'
  /** A `Set-Cookie` header for the response; undefined without consent and for prefetches. */
  readonly setCookie?: string
  /**
   * `Set-Cookie` headers for signing out: no `userId` and a new `anonymousId`. The page calls `analytics.reset()` as well, or the
   * response has `Clear-Site-Data: "storage"`, since analytics.js also keeps the `userId` in its localStorage.
   */
  clear(): string[]
}
