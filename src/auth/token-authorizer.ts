import { DeliveryError } from '../errors.ts'
import type { Waiter } from '../http/waiter.ts'
import type { AccessToken } from './access-token.ts'
import type { Authorization, Authorizer } from './authorizer.ts'
import type { SharedTokens } from './shared-tokens.ts'
import { type AttemptOutcome, TokenAttempt } from './token-attempt.ts'
import { requestToken, type TokenRequestDeps } from './token-request.ts'

export interface TokenAuthorizerDeps extends TokenRequestDeps {
  readonly shared: SharedTokens | undefined
  readonly requestTimeoutMs: number
  readonly minRetryDelayMs: number
  readonly maxRetryDelayMs: number
}

/** With others to share with, each isolate refreshes at its own moment, so that the first one serves the rest. */
const SHARED_SPREAD = 0.25

const SCHEME = 'Bearer '

/**
 * The tokens of one queue. It makes one attempt at a time, which all of the queue's batches share; what it learns are values
 * that all queues of the client share.
 */
export class TokenAuthorizer implements Authorizer {
  readonly #deps: TokenAuthorizerDeps
  readonly #keepAlive: (work: Promise<unknown>) => void
  #attempt: TokenAttempt | undefined
  #failureCount = 0

  constructor(deps: TokenAuthorizerDeps, keepAlive: (work: Promise<unknown>) => void) {
    this.#deps = deps
    this.#keepAlive = keepAlive
  }

  async authorize(waiter: Waiter): Promise<Authorization> {
    const { values, oauth } = this.#deps
    let countedRetries = 0
    for (;;) {
      const { token } = values
      if (token) return this.#useToken(token, waiter)

      const { holdMs } = values
      if (holdMs > 0) {
        waiter.lastFailure = values.holdReason
        if (await waiter.rest(holdMs)) continue
        return tooLate(waiter)
      }
      if (!this.#attempt || this.#attempt.isGivenUp) this.#attempt = this.#start(false, this.#deps.requestTimeoutMs)
      const outcome = await this.#attempt.join(waiter)
      if (!outcome) return tooLate(waiter)
      if (outcome.kind === 'token') return this.#useToken(outcome.token, waiter)

      waiter.lastFailure = outcome.reason
      if (outcome.kind === 'failed') return outcome
      if (outcome.askedMs === undefined && ++countedRetries > oauth.maxRetries) {
        return { kind: 'failed', reason: outcome.reason }
      }
      if (!(await waiter.rest(outcome.delayMs))) return tooLate(waiter)
    }
  }

  refuse(header: string): void {
    this.#deps.values.drop(header.slice(SCHEME.length))
  }

  /** Has a token refreshed behind the delivery, once half of its life is over. */
  #useToken(token: AccessToken, { atMs }: Waiter): Authorization {
    const { values, requestTimeoutMs } = this.#deps
    if (!this.#attempt && values.holdMs <= 0 && values.claimRefresh(token)) {
      // Not beyond the time that the host was told to give.
      const timeoutMs = Math.max(1, Math.min(requestTimeoutMs, atMs - Date.now()))
      this.#attempt = this.#start(true, timeoutMs)
      this.#keepAlive(this.#attempt.ended)
    }
    return authorized(token)
  }

  #start(isBackground: boolean, timeoutMs: number): TokenAttempt {
    return new TokenAttempt(isBackground, async (attempt) => {
      const outcome = await this.#getToken(attempt, timeoutMs)
      if (this.#attempt === attempt) this.#attempt = undefined
      this.#failureCount = outcome.kind === 'retry' ? this.#failureCount + 1 : 0
      return outcome
    })
  }

  async #getToken(attempt: TokenAttempt, timeoutMs: number): Promise<AttemptOutcome> {
    const { values, shared } = this.#deps
    const number = values.beginAttempt()
    const spread = shared ? SHARED_SPREAD : 0
    const found = await this.#readShared(attempt)
    if (found) return { kind: 'token', token: values.keep(found, number, spread) }

    if (attempt.isGivenUp) return { kind: 'failed', reason: createDeadlineError(undefined) }
    const decision = await requestToken(this.#deps, attempt, timeoutMs)
    if (decision.kind === 'failed') return decision
    if (decision.kind === 'retry') {
      if (decision.askedMs !== undefined) values.hold(decision.askedMs, decision.reason)
      return { ...decision, delayMs: Math.max(decision.askedMs ?? 0, this.#backoffMs()) }
    }
    const token = values.keep(decision.token, number, spread)
    if (shared && token === decision.token) this.#keepAlive(shared.write(token))
    return { kind: 'token', token }
  }

  /** A token of another isolate that is newer than our own and lives. */
  async #readShared(attempt: TokenAttempt): Promise<AccessToken | undefined> {
    const { values, shared } = this.#deps
    if (!shared || !values.acceptsShared) return undefined
    const own = values.token
    const found = await shared.read(attempt)
    if (!found || found.expiresAtMs <= values.serverNowMs || !values.acceptsShared) return undefined
    return own && found.issuedAtMs <= own.issuedAtMs ? undefined : found
  }

  /** Exponential, with full jitter, as for batches. */
  #backoffMs(): number {
    const { minRetryDelayMs, maxRetryDelayMs } = this.#deps
    return Math.random() * Math.min(maxRetryDelayMs, minRetryDelayMs * 2 ** this.#failureCount)
  }
}

function authorized({ value }: AccessToken): Authorization {
  return { kind: 'authorized', header: `${SCHEME}${value}` }
}

function tooLate({ lastFailure }: Waiter): Authorization {
  return { kind: 'failed', reason: createDeadlineError(lastFailure) }
}

function createDeadlineError(cause: unknown): DeliveryError {
  return new DeliveryError('ERR_DEADLINE', 'there was no access token before the deadline of the flush', { cause })
}
