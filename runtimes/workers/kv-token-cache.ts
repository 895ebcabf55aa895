import type { TokenCache } from '../../src/index.ts'

/** The part of a KV namespace that the cache needs; `KVNamespace` fits. */
export interface TokenKVNamespace {
  get(key: string): Promise<string | null>
  put(key: string, value: string, options: { expiration: number }): Promise<void>
}

/** The minimum lifetime of a KV entry. */
const MIN_LIFE_MS = 60_000

/**
 * Shares OAuth tokens between isolates through a KV namespace. Anyone who can read the namespace can send events as you, so use it
 * only for this.
 *
 * @example
 * import { kvTokenCache, type TokenKVNamespace } from 'analytics-edge/workers'
 *
 * const oauthSettings = (env: { SEGMENT_CLIENT_KEY: string; TOKENS: TokenKVNamespace }) => ({
 *   clientId: '<CLIENT_ID>',
 *   clientKey: env.SEGMENT_CLIENT_KEY,
 *   keyId: '<KEY_ID>',
 *   tokenCache: kvTokenCache(env.TOKENS),
 * })
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#oauth-20 | Segment's library: OAuth 2.0}
 */
export function kvTokenCache(kv: TokenKVNamespace): TokenCache {
  return {
    get: (key) => kv.get(key),
    set: async (key, token, { expiresAt }) => {
      // One second of margin, for the time it takes to reach KV.
      if (expiresAt - Date.now() <= MIN_LIFE_MS + 1_000) return
      await kv.put(key, token, { expiration: Math.floor(expiresAt / 1000) })
    },
  }
}
