import { backOffMs, NO_RETRIES, planRetry, type RetryLimits } from '../http/back-off.ts'
import { createDeadlineError, type Deadline } from '../http/deadline.ts'
import { monotonicMs } from '../lib/monotonic-ms.ts'
import type { AccessToken } from './access-token.ts'
import type { Authorization, Authorizer } from './authorizer.ts'
import type { SharedTokens } from './shared-tokens.ts'
import { type AttemptOutcome, TokenAttempt } from './token-attempt.ts'
import { requestToken, type TokenRequestDeps } from './token-request.ts'

export interface TokenAuthorizerDeps extends TokenRequestDeps {
  readonly shared: SharedTokens | undefined
  readonly requestTimeoutMs: number
  readonly limits: RetryLimits
}

/** Isolates that share tokens refresh at different times, so that the first one serves the rest. */
const SHARED_SPREAD = 0.25

const SCHEME = 'Bearer '
const NO_TOKEN = 'there was no access token before the deadline of the flush'

/**
 * The tokens of one queue. Makes one attempt at a time, shared by all of the queue's batches; its results are values
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

  async authorize(deadline: Deadline): Promise<Authorization> {
    const { values, limits } = this.#deps
    let history = NO_RETRIES
    for (;;) {
      const { token } = values
      if (token) return this.#useToken(token, deadline)

      if (values.pauseMs > 0) {
        deadline.lastFailure = values.pauseReason
        if (await deadline.sleep({ delayMs: values.pauseMs, isFixed: true })) continue
        return tooLate(deadline)
      }
      if (deadline.isOver) return tooLate(deadline)
      if (!this.#attempt || this.#attempt.isAbandoned) this.#attempt = this.#start(false, this.#deps.requestTimeoutMs)
      const outcome = await this.#attempt.waitFor(deadline)
      if (!outcome) return tooLate(deadline)
      if (outcome.kind === 'token') return this.#useToken(outcome.token, deadline)

      deadline.lastFailure = outcome.reason
      if (outcome.kind === 'failed') return outcome
      const clock = { nowMs: monotonicMs(), deadlineMs: deadline.atMs, ownMs: outcome.ownMs }
      const plan = planRetry(history, outcome, limits, clock)
      if (plan.kind === 'stop') return plan.isTooLate ? tooLate(deadline) : { kind: 'failed', reason: outcome.reason }
      history = plan.history
      if (!(await deadline.sleep(plan.pause))) return tooLate(deadline)
    }
  }

  invalidate(header: string): void {
    this.#deps.values.drop(header.slice(SCHEME.length))
  }

  /** Uses a token, and refreshes it in the background after half of its lifetime. */
  #useToken(token: AccessToken, { atMs }: Deadline): Authorization {
    const { values, requestTimeoutMs } = this.#deps
    if (!this.#attempt && values.pauseMs <= 0 && values.claimRefresh(token)) {
      // No longer than the host was asked to wait.
      const timeoutMs = Math.max(1, Math.min(requestTimeoutMs, atMs - monotonicMs()))
      this.#attempt = this.#start(true, timeoutMs)
      this.#keepAlive(this.#attempt.finished)
    }
    return { kind: 'authorized', header: SCHEME + token.value }
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
    if (found) {
      this.#deps.redactor.add(found.value)
      return { kind: 'token', token: values.keep(found, number, spread) }
    }

    if (attempt.isAbandoned) return { kind: 'failed', reason: createDeadlineError(NO_TOKEN, undefined) }
    const decision = await requestToken(this.#deps, attempt, timeoutMs)
    if (decision.kind === 'failed') return decision
    if (decision.kind === 'retry') {
      const { retryAfterMs, isRateLimited, reason } = decision
      if (retryAfterMs !== undefined && isRateLimited) values.pause(retryAfterMs, reason)
      // One pause for all waiting batches, because they also share the next attempt.
      const ownMs = backOffMs(this.#failureCount + 1, this.#deps.limits, Math.random())
      return { ...decision, isRateLimited: isRateLimited && retryAfterMs !== undefined, ownMs }
    }
    this.#deps.redactor.add(decision.token.value)
    const token = values.keep(decision.token, number, spread)
    if (shared && token === decision.token) this.#keepAlive(shared.write(token))
    return { kind: 'token', token }
  }

  /** A valid token from another isolate, newer than our own. */
  async #readShared(attempt: TokenAttempt): Promise<AccessToken | undefined> {
    const { values, shared } = this.#deps
    if (!shared || !values.acceptsShared) return undefined
    const own = values.token
    const found = await shared.read(attempt)
    if (!found || found.expiresAtMs <= values.serverNowMs || !values.acceptsShared) return undefined
    return own && found.issuedAtMs <= own.issuedAtMs ? undefined : found
  }
}

function tooLate({ lastFailure }: Deadline): Authorization {
  return { kind: 'failed', reason: createDeadlineError(NO_TOKEN, lastFailure) }
}
