import type { HTTPClient, HTTPFetchFn } from '../http/types.ts'
import {
  baseUrl,
  type Check,
  type Checks,
  checkHTTPClient,
  isPlaintextUrl,
  methods,
  nested,
  text,
  throwInvalid,
  wholeNumber,
} from './check.ts'

/** An RSA private key as a JWK. The type is structural: `JsonWebKey` fits. */
export interface OAuthJWK {
  kty?: string | undefined
  n?: string | undefined
  e?: string | undefined
  d?: string | undefined
  p?: string | undefined
  q?: string | undefined
  dp?: string | undefined
  dq?: string | undefined
  qi?: string | undefined
}

/** A private key for RSASSA-PKCS1-v1_5 with SHA-256 that may sign. The type is structural: `CryptoKey` fits. */
export interface OAuthCryptoKey {
  readonly type: string
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}

/** A store through which isolates share tokens instead of each requesting its own. Anyone who can read it can send events. */
export interface TokenCache {
  /** Returns the token that was set last; undefined or null if there is none. */
  get(key: string): PromiseLike<string | null | undefined> | string | null | undefined
  /** Stores a token, as a string that includes its expiry. `expiresAt`, in epoch milliseconds, is when the store may drop it. */
  set(key: string, token: string, options: { expiresAt: number }): unknown
}

/**
 * OAuth 2.0: tokens of the workspace's OAuth app authorize the requests, in place of the write key.
 *
 * @throws {@link ValidationError}, from the constructor, that names the wrong setting and what is allowed
 * @example
 * new Analytics({ writeKey, oauthSettings: { clientId, clientKey, keyId } })
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#oauth-20 | Segment's library: OAuth 2.0}
 */
export interface OAuthSettings {
  /** Id of the OAuth app, from Segment: Settings > Workspace settings > Access Management > OAuth applications. */
  clientId: string
  /**
   * The RSA private key: a PEM of PKCS#8 (`BEGIN PRIVATE KEY`) or PKCS#1 (`BEGIN RSA PRIVATE KEY`), even in quotes or with `\n` as
   * two characters; a JWK; or a CryptoKey.
   */
  clientKey: string | OAuthJWK | OAuthCryptoKey
  /** The id that Segment gave the uploaded public key. */
  keyId: string
  /**
   * Base URL of the token server, with https unless it is this machine. For workspaces in the EU: `https://oauth2.eu1.segmentapis.com`.
   * @default 'https://oauth2.segment.io'
   */
  authServer?: string | undefined
  /**
   * Scopes to request, separated by spaces.
   * @default 'tracking_api:write'
   */
  scope?: string | undefined
  /**
   * How often a token request is retried after a transient failure: a whole number, 0 to 100.
   * @default the `maxRetries` of the client
   */
  maxRetries?: number | undefined
  /**
   * Makes the requests to the token server.
   * @default the `httpClient` of the client
   */
  httpClient?: HTTPFetchFn | HTTPClient | undefined
  /**
   * Shares tokens between isolates, for example by `kvTokenCache()` of `analytics-edge/workers`.
   * @default none: each isolate requests its own
   */
  tokenCache?: TokenCache | undefined
}

export interface ResolvedOAuthSettings {
  readonly clientId: string
  /** A string or an object; it is parsed when the first token is needed. */
  readonly clientKey: OAuthSettings['clientKey']
  readonly keyId: string
  /** Without a trailing slash: it is also the audience of assertions. */
  readonly authServer: string
  readonly scope: string
  readonly maxRetries: number
  readonly httpClient: HTTPFetchFn | HTTPClient | undefined
  readonly tokenCache: TokenCache | undefined
}

export function resolveOAuthSettings(
  settings: OAuthSettings | undefined,
  defaults: Pick<ResolvedOAuthSettings, 'maxRetries' | 'httpClient'>,
  warnings: string[],
): ResolvedOAuthSettings | undefined {
  const check = nested({
    clientId: text(),
    clientKey: checkKey,
    keyId: text(),
    authServer: orNull(encryptedUrl),
    scope: orNull(text('tracking_api:write')),
    maxRetries: orNull(wholeNumber(0, 100, defaults.maxRetries)),
    httpClient: (name: string, client: OAuthSettings['httpClient']) =>
      checkHTTPClient(name, client ?? defaults.httpClient),
    tokenCache: checkTokenCache,
  } satisfies Checks<OAuthSettings>)
  return Object.freeze(check('oauthSettings', settings, warnings))
}

/** Assertions and tokens must not be sent unencrypted. */
function encryptedUrl(name: string, value?: unknown): string {
  const url = baseUrl('https://oauth2.segment.io')(name, value)
  return isPlaintextUrl(url) ? throwInvalid(name, 'an https URL, or one of this machine', value) : url
}

/** Null also means the default. */
function orNull<Value>(check: Check<Value>): Check<Value> {
  return (name, value) => check(name, value ?? undefined)
}

function checkKey(name: string, key: OAuthSettings['clientKey']): OAuthSettings['clientKey'] {
  const isKey = key && (typeof key === 'string' || typeof key === 'object')
  return isKey ? key : throwInvalid(name, 'a PEM, a JWK or a CryptoKey', key)
}

function checkTokenCache(name: string, cache: TokenCache | null | undefined): TokenCache | undefined {
  if (cache === undefined || cache === null) return undefined
  return methods<TokenCache>('get', 'set')(name, cache)
}
