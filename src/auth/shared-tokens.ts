import type { Expiry } from '../http/deadline.ts'
import type { TokenCache } from '../settings/oauth-settings.ts'
import { type AccessToken, formatToken, parseToken } from './access-token.ts'

/** How long to wait for the store before going on without it. */
const CACHE_TIMEOUT_MS = 1_000

/** The user's token store, which can be slow, broken or full of nonsense without harming delivery. */
export class SharedTokens {
  readonly #cache: TokenCache
  readonly #key: string
  readonly #onProblem: (problem: unknown) => void

  constructor(cache: TokenCache, key: string, onProblem: (problem: unknown) => void) {
    this.#cache = cache
    this.#key = key
    this.#onProblem = onProblem
  }

  async read(expiry: Expiry): Promise<AccessToken | undefined> {
    const text = await this.#call('get', () => this.#cache.get(this.#key), expiry)
    return typeof text === 'string' ? parseToken(text) : undefined
  }

  async write(token: AccessToken): Promise<void> {
    const options = { expiresAt: token.expiresAtMs }
    await this.#call('set', () => this.#cache.set(this.#key, formatToken(token), options), { onExpire() {} })
  }

  /** The result of a cache function; undefined if it fails, takes too long, or is no longer waited for. */
  #call(name: 'get' | 'set', act: () => unknown, expiry: Expiry): Promise<unknown> {
    return new Promise((resolve) => {
      let isOver = false
      const finish = (value: unknown) => {
        // A late result must not touch `onExpire`, which then belongs to the next wait.
        if (isOver) return
        isOver = true
        clearTimeout(timer)
        expiry.onExpire(undefined)
        resolve(value)
      }
      const fail = (problem: unknown) => {
        if (!isOver) this.#onProblem(problem)
        finish(undefined)
      }
      const timer = setTimeout(
        () => fail(new Error(`tokenCache.${name} did not finish within ${CACHE_TIMEOUT_MS} ms`)),
        CACHE_TIMEOUT_MS,
      )
      expiry.onExpire(() => finish(undefined))
      // Inside a promise, so that a throw becomes a rejection.
      Promise.resolve().then(act).then(finish, fail)
    })
  }
}
