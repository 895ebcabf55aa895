import type { DeliveryError } from '../errors.ts'
import { monotonicMs } from '../lib/monotonic-ms.ts'
import type { AccessToken } from './access-token.ts'
import type { SigningKey } from './import-key.ts'

/** When a refresh has come to nothing, the next one is tried after this part of the token's life, or this long at most. */
const REFRESH_PAUSE_SHARE = 1 / 20
const MAX_REFRESH_PAUSE_MS = 30_000

/** What all scopes of a client know about tokens: values alone, since a promise belongs to the request that made it. */
export class TokenValues {
  signingKey: SigningKey | undefined
  #heldUntilMs = 0
  #holdReason: DeliveryError | undefined
  #clockOffsetMs = 0
  #token: AccessToken | undefined
  #tokenAttempt = 0
  #lastAttempt = 0
  #isRefused = false
  #refreshFromMs = 0

  /** The time by the token server's clock, as its answers told it. */
  get serverNowMs(): number {
    return Date.now() + this.#clockOffsetMs
  }

  /** The token that batches are sent with; undefined once it has expired. */
  get token(): AccessToken | undefined {
    return this.#token && this.#token.expiresAtMs > this.serverNowMs ? this.#token : undefined
  }

  /** Whether a token that others have stored would do. After a refusal it could be of the same revoked kind. */
  get acceptsShared(): boolean {
    return !this.#isRefused
  }

  /** How much longer the token server asked all of us to wait. */
  get holdMs(): number {
    return this.#heldUntilMs - monotonicMs()
  }

  /** The answer by which it did. */
  get holdReason(): DeliveryError | undefined {
    return this.#holdReason
  }

  hold(pauseMs: number, reason: DeliveryError): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, monotonicMs() + pauseMs)
    this.#holdReason = reason
  }

  /** A number for an attempt to get a token, by which a later one is known. */
  beginAttempt(): number {
    return ++this.#lastAttempt
  }

  correctClock(serverDate: string | undefined): void {
    const dateMs = Date.parse(serverDate ?? '')
    if (!Number.isNaN(dateMs)) this.#clockOffsetMs = dateMs - Date.now()
  }

  /**
   * Takes a token in, unless a later attempt has brought one already. It is due to be refreshed after half of its life, or a
   * random moment later, `spread` of that life at most.
   */
  keep(token: AccessToken, attempt: number, spread: number): AccessToken {
    if (attempt < this.#tokenAttempt) return this.token ?? token
    const lifeMs = token.expiresAtMs - token.issuedAtMs
    this.#token = token
    this.#tokenAttempt = attempt
    this.#isRefused = false
    this.#refreshFromMs = token.issuedAtMs + lifeMs * (0.5 + spread * Math.random())
    return token
  }

  /** Whether the token should be refreshed now; the caller that hears yes is the one to do it. */
  claimRefresh({ issuedAtMs, expiresAtMs }: AccessToken): boolean {
    const nowMs = this.serverNowMs
    if (nowMs < this.#refreshFromMs) return false
    const pauseMs = (expiresAtMs - issuedAtMs) * REFRESH_PAUSE_SHARE
    this.#refreshFromMs = nowMs + Math.min(pauseMs, MAX_REFRESH_PAUSE_MS)
    return true
  }

  /** Forgets a token that was refused, unless another has taken its place. */
  drop(value: string): void {
    if (this.#token?.value !== value) return
    this.#token = undefined
    this.#isRefused = true
  }
}
