import type { DeliveryError } from '../errors.ts'
import { monotonicMs } from '../lib/monotonic-ms.ts'
import type { AccessToken } from './access-token.ts'
import type { SigningKey } from './import-key.ts'

/** A failed refresh is retried after this share of the token's lifetime, up to this maximum. */
const REFRESH_PAUSE_SHARE = 1 / 20
const MAX_REFRESH_PAUSE_MS = 30_000

/**
 * What all scopes of a client know about tokens. Values only, because a promise belongs to the request that made it.
 */
export class TokenValues {
  signingKey: SigningKey | undefined
  /** Whether a shared token is acceptable. After a rejection, it could be the same revoked one. */
  acceptsShared = true
  /** The response that asked for the pause. */
  pauseReason: DeliveryError | undefined
  #pausedUntilMs = 0
  #clockOffsetMs = 0
  #token: AccessToken | undefined
  #tokenAttempt = 0
  #lastAttempt = 0
  #refreshFromMs = 0

  /** The time on the token server's clock, estimated from its responses. */
  get serverNowMs(): number {
    return Date.now() + this.#clockOffsetMs
  }

  /** The token for sending batches; undefined once it has expired. */
  get token(): AccessToken | undefined {
    return this.#token && this.#token.expiresAtMs > this.serverNowMs ? this.#token : undefined
  }

  /** How much longer the token server asked everyone to wait. */
  get pauseMs(): number {
    return this.#pausedUntilMs - monotonicMs()
  }

  pause(delayMs: number, reason: DeliveryError): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, monotonicMs() + delayMs)
    this.pauseReason = reason
  }

  /** Numbers an attempt to get a token, so that later attempts can be recognised. */
  beginAttempt(): number {
    return ++this.#lastAttempt
  }

  correctClock(serverDate: string | undefined): void {
    const dateMs = Date.parse(serverDate ?? '')
    if (!Number.isNaN(dateMs)) this.#clockOffsetMs = dateMs - Date.now()
  }

  /**
   * Keeps a token, unless a later attempt already brought one. It is refreshed after half of its lifetime plus a random
   * share of it, up to `spread`.
   */
  keep(token: AccessToken, attempt: number, spread: number): AccessToken {
    if (attempt < this.#tokenAttempt) return this.token ?? token
    const lifeMs = token.expiresAtMs - token.issuedAtMs
    this.#token = token
    this.#tokenAttempt = attempt
    this.acceptsShared = true
    this.#refreshFromMs = token.issuedAtMs + lifeMs * (0.5 + spread * Math.random())
    return token
  }

  /** Whether the token should be refreshed now; the caller that gets true must refresh it. */
  claimRefresh({ issuedAtMs, expiresAtMs }: AccessToken): boolean {
    const nowMs = this.serverNowMs
    if (nowMs < this.#refreshFromMs) return false
    const pauseMs = (expiresAtMs - issuedAtMs) * REFRESH_PAUSE_SHARE
    this.#refreshFromMs = nowMs + Math.min(pauseMs, MAX_REFRESH_PAUSE_MS)
    return true
  }

  /** Drops a rejected token, unless it has been replaced. */
  drop(value: string): void {
    if (this.#token?.value !== value) return
    this.#token = undefined
    this.acceptsShared = false
  }
}
