import {
  checkBaseUrl,
  checkFunction,
  checkHTTPClient,
  checkNames,
  checkNumber,
  checkString,
  describeValue,
} from './check.ts'
import { ValidationError } from './errors.ts'
import type { HTTPClient, HTTPFetchFn } from './http.ts'
import { isPlainObject } from './lib/is-plain-object.ts'

/** An RSA private key as a JWK, by structure: `JsonWebKey` fits. */
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

/** A private key for RSASSA-PKCS1-v1_5 with SHA-256 that may sign, by structure: `CryptoKey` fits. */
export interface OAuthCryptoKey {
  readonly type: string
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}

/** Where isolates share a token, so that each need not ask the token server for one. Whoever can read it can send events. */
export interface TokenCache {
  /** What was last set; undefined or null where there is nothing. */
  get(key: string): PromiseLike<string | null | undefined> | string | null | undefined
  /** Keeps a token, a string that also says when it ends, until `expiresAt`, in epoch milliseconds, at most. */
  set(key: string, token: string, options: { expiresAt: number }): unknown
}

/** OAuth 2.0: tokens of the workspace's OAuth app take the place of the write key as authorisation. */
export interface OAuthSettings {
  /** Id of the OAuth app, from Segment: Settings > Workspace settings > Access Management > OAuth applications. */
  clientId: string
  /**
   * The RSA private key: a PEM of PKCS#8 (`BEGIN PRIVATE KEY`) or PKCS#1 (`BEGIN RSA PRIVATE KEY`), also with `\n` as two
   * characters or in quotes; a JWK; or a CryptoKey.
   */
  clientKey: string | OAuthJWK | OAuthCryptoKey
  /** Id that Segment gave the public key when it was uploaded. */
  keyId: string
  /**
   * Base URL of the token server, `https://oauth2.eu1.segmentapis.com` for workspaces in the EU.
   * @default 'https://oauth2.segment.io'
   */
  authServer?: string | undefined
  /** Scopes that the token is asked for, separated by spaces. @default 'tracking_api:write' */
  scope?: string | undefined
  /** Times that a token is asked for again after a transient failure: a whole number, 0 to 100. @default as in the settings */
  maxRetries?: number | undefined
  /** What makes the requests to the token server. @default as in the settings */
  httpClient?: HTTPFetchFn | HTTPClient | undefined
  /** Shares tokens between isolates. @default none: each isolate asks for its own */
  tokenCache?: TokenCache | undefined
}

export interface ResolvedOAuthSettings {
  readonly clientId: string
  /** Text or an object; what it holds is looked at when the first token is needed. */
  readonly clientKey: OAuthSettings['clientKey']
  readonly keyId: string
  /** Without a trailing slash: it is the audience of assertions, too. */
  readonly authServer: string
  readonly scope: string
  readonly maxRetries: number
  readonly httpClient: HTTPFetchFn | HTTPClient | undefined
  readonly tokenCache: TokenCache | undefined
}

const DEFAULT_AUTH_SERVER = 'https://oauth2.segment.io'

const NAMES: Record<keyof OAuthSettings, true> = {
  clientId: true,
  clientKey: true,
  keyId: true,
  authServer: true,
  scope: true,
  maxRetries: true,
  httpClient: true,
  tokenCache: true,
}

export function resolveOAuthSettings(
  settings: OAuthSettings | undefined,
  defaults: Pick<ResolvedOAuthSettings, 'maxRetries' | 'httpClient'>,
): ResolvedOAuthSettings | undefined {
  if (settings === undefined) return undefined
  if (!isPlainObject(settings)) {
    throw new ValidationError('oauthSettings', 'must be an object: { clientId, clientKey, keyId }')
  }
  checkNames('oauthSettings.', settings, Object.keys(NAMES))
  const { clientId, keyId, authServer, scope, maxRetries, httpClient } = settings
  return Object.freeze({
    clientId: checkString('oauthSettings.clientId', clientId),
    clientKey: checkKey(settings.clientKey),
    keyId: checkString('oauthSettings.keyId', keyId),
    authServer: checkBaseUrl('oauthSettings.authServer', authServer ?? DEFAULT_AUTH_SERVER, DEFAULT_AUTH_SERVER),
    scope: checkString('oauthSettings.scope', scope ?? 'tracking_api:write'),
    maxRetries: checkNumber('oauthSettings.maxRetries', maxRetries ?? defaults.maxRetries, {
      min: 0,
      max: 100,
      unit: 'a whole number',
    }),
    httpClient: checkHTTPClient('oauthSettings.httpClient', httpClient) ?? defaults.httpClient,
    tokenCache: checkTokenCache(settings.tokenCache),
  })
}

function checkKey(key: OAuthSettings['clientKey']): OAuthSettings['clientKey'] {
  if (key && (typeof key === 'string' || typeof key === 'object')) return key
  throw new ValidationError('oauthSettings.clientKey', `must be a PEM, a JWK or a CryptoKey, not ${describeValue(key)}`)
}

function checkTokenCache(cache: TokenCache | undefined): TokenCache | undefined {
  if (cache === undefined) return undefined
  for (const name of ['get', 'set'] as const) {
    const field = `oauthSettings.tokenCache.${name}`
    if (!checkFunction(field, cache?.[name])) throw new ValidationError(field, 'must be a function')
  }
  return cache
}
