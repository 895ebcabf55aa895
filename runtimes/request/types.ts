import type { IntegrationsOptions, ScopeOptions } from '../../src/index.ts'

// Structural request types, so that the package has no type dependencies; those of the DOM, Node and @types/aws-lambda
// fit.

/** A Web Request, or any object with its headers: `{ headers: await headers() }` in a server component of Next. */
export interface WebRequest {
  readonly headers: { get(name: string): string | null }
  readonly url?: string | undefined
}

type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>

/** Node's IncomingMessage, also as Express and the Pages Router of Next extend it. */
export interface NodeRequest {
  readonly headers: HeaderRecord
  readonly url?: string | undefined
  /** Set by Express, whose routers shorten the `url`. */
  readonly originalUrl?: string | undefined
  readonly socket?: { readonly remoteAddress?: string | undefined } | null | undefined
}

/** An HTTP event of Lambda: from an HTTP API, a REST API or a function URL, in either version of the format, or from an ALB. */
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
 * number of your own proxies that append to `X-Forwarded-For`; 0 uses the address of Node's socket.
 */
export type TrustedHost = 'cloudflare' | 'vercel' | 'lambda' | { readonly hops: number }

/** Consent categories by their names in Segment, and whether the visitor has agreed to each. */
export type ConsentCategories = Readonly<Record<string, boolean>>

interface Options<Request> {
  /**
   * Returns what the visitor has agreed to; undefined if they have not answered. If no category is true, or the function throws, the
   * request is without consent. @default the visitor has agreed to everything
   */
  consent?: ((request: Request) => ConsentCategories | undefined) | undefined
  /**
   * What happens to a request without consent. `'anonymous'`: a new id for this request only, no `userId`, ip, location,
   * timezone or query, no cookie, and `integrations: { All: false }`. `'nothing'`: nothing is sent. @default 'anonymous'
   */
  withoutConsent?: 'anonymous' | 'nothing' | undefined
  /** Whether `Sec-GPC: 1`, Global Privacy Control, means a request without consent. @default true */
  gpc?: boolean | undefined
  /** Whether to track prefetched and prerendered pages, which the visitor may never see. @default false */
  trackPrefetch?: boolean | undefined
  /**
   * The registrable domain to set the cookie for: `example.co.uk`. @default guessed from the host; none for localhost and IP
   * addresses
   */
  domain?: string | undefined
  /** Whether to set `context.traceparent` from OpenTelemetry's active span, otherwise from the header. @default false */
  traceparent?: boolean | undefined
}

interface Unlocated {
  host?: TrustedHost | undefined
  ip?: false | undefined
  location?: false | undefined
}

interface Located {
  /** The host that is trusted for `ip` and `location`. */
  host: TrustedHost
  /** Whether to set `context.ip` to the visitor's address. @default false */
  ip?: boolean | undefined
  /** Whether to set `context.location` (city, region, country and so on) and `context.timezone` from Cloudflare or Vercel. @default false */
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
  /** Why the browser requests the page, if it may never be seen. */
  readonly purpose?: 'prefetch' | 'prerender'
  /** A `Set-Cookie` header for the response; undefined without consent and for prefetches. */
  readonly setCookie?: string
  /**
   * `Set-Cookie` headers for signing out: no `userId` and a new `anonymousId`. The page calls `analytics.reset()` as well, or the
   * response has `Clear-Site-Data: "storage"`, because analytics.js also keeps the `userId` in localStorage.
   */
  clear(): string[]
}
