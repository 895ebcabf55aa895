import type { TokenCache } from '../../src/index.ts'

/** What the cache needs of a KV namespace; `KVNamespace` fits. */
export interface TokenKVNamespace {
  get(key: string): Promise<string | null>
  put(key: string, value: string, options: { expiration: number }): Promise<void>
}

/** KV takes no entry that would end sooner. */
const MIN_LIFE_MS = 60_000

/**
 * Shares OAuth tokens between isolates through a KV namespace. Whoever can read the namespace can send events as you, so keep it
 * for this alone.
 *
 * @example
 * oauthSettings: { clientId, clientKey, keyId, tokenCache: kvTokenCache(env.TOKENS) }
 */
export function kvTokenCache(kv: TokenKVNamespace): TokenCache {
  return {
    get: (key) => kv.get(key),
    set: async (key, token, { expiresAt }) => {
      // A second of room, for the way to KV.
      if (expiresAt - Date.now() <= MIN_LIFE_MS + 1_000) return
      await kv.put(key, token, { expiration: Math.floor(expiresAt / 1000) })
    },
  }
}
