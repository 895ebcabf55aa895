import type { Authorization, Authorizer } from '../authorizer.ts'
import type { Emitter } from '../emitter.ts'
import type { DeliveryError } from '../errors.ts'
import type { HTTPClient } from '../http.ts'
import { encodeBase64 } from '../lib/base64.ts'
import { VERSION } from '../lib/version.ts'
import { type Answer, makeRequest } from '../request.ts'
import { REDACTED, type ResolvedSettings } from '../settings.ts'
import { rest } from '../waiter.ts'
import type { Batch } from './batch.ts'
import { createDeadlineError } from './deadline.ts'
import { decideRetry, isSuccess, type RetryDecision } from './decide-retry.ts'
import { toHTTPClient } from './http-client.ts'

/** How a batch ended, or that its parts should be tried. */
export type SendOutcome = Exclude<RetryDecision, { kind: 'retry' | 'renew-token' }>

/** Carries batches to the Tracking API. It holds values only, so that all scopes of a client can share one. */
export class Sender {
  readonly #settings: ResolvedSettings
  readonly #emitter: Emitter
  readonly #client: HTTPClient
  readonly #basic: Authorization
  /** Until when the server asked all of us to wait; a value, so every scope of the isolate knows it. */
  #heldUntilMs = 0
  /** The answer that asked for it. */
  #heldFor: unknown
  /** Since when the server has asked for pauses and accepted nothing. */
  #limitedSinceMs: number | undefined

  constructor(settings: ResolvedSettings, emitter: Emitter) {
    this.#settings = settings
    this.#emitter = emitter
    this.#client = toHTTPClient(settings.httpClient, settings.isCompressing)
    this.#basic = { kind: 'authorized', header: `Basic ${encodeBase64(`${settings.writeKey}:`)}` }
  }

  /** Sends a batch, again where that may help, until its deadline. Without an authorizer the write key authorises. Never throws. */
  async send(batch: Batch, authorizer?: Authorizer): Promise<SendOutcome> {
    const { isDisabled, maxRetries, minRetryDelayMs, maxRetryDelayMs, maxTotalBackoffMs, maxRateLimitMs } =
      this.#settings
    if (isDisabled) return { kind: 'delivered' }

    let countedRetries = 0
    let canRenewToken = authorizer !== undefined
    let failingSinceMs: number | undefined
    for (let attempt = 1; ; attempt++) {
      if (!(await rest(batch.deadline, this.#heldUntilMs - Date.now()))) {
        return tooLate(batch.lastFailure ?? this.#heldFor)
      }
      const authorization = authorizer ? await authorizer.authorize(batch) : this.#basic
      if (authorization.kind === 'failed') return authorization

      for (const entry of batch.entries) entry.countAttempt()
      const answer = await this.#request(batch, attempt, authorization.header)
      const nowMs = Date.now()
      const decision = decideRetry({
        answer,
        eventCount: batch.entries.length,
        attempt,
        countedRetries,
        maxRetries,
        minRetryDelayMs,
        maxRetryDelayMs,
        nowMs,
        deadlineMs: batch.deadline.atMs,
        canRenewToken,
        random: Math.random(),
      })
      if (decision.kind === 'delivered') this.#limitedSinceMs = undefined
      const askedMs = 'askedMs' in decision ? decision.askedMs : undefined
      if (decision.kind !== 'delivered' && askedMs !== undefined) this.#hold(nowMs + askedMs, decision.reason)
      if (decision.kind !== 'retry' && decision.kind !== 'renew-token') return decision

      batch.lastFailure = decision.reason
      if (decision.kind === 'renew-token') {
        canRenewToken = false
        authorizer?.refuse(authorization.header)
        continue
      }
      const isAsked = askedMs !== undefined
      if (isAsked) this.#limitedSinceMs ??= nowMs
      else failingSinceMs ??= nowMs
      const sinceMs = (isAsked ? this.#limitedSinceMs : failingSinceMs) ?? nowMs
      const endMs = sinceMs + (isAsked ? maxRateLimitMs : maxTotalBackoffMs)
      if (nowMs + decision.delayMs > endMs) return { kind: 'failed', reason: decision.reason }

      if (!isAsked) countedRetries++
      if (!(await rest(batch.deadline, decision.delayMs))) return tooLate(batch.lastFailure)
    }
  }

  /** Has all batches wait: the pause is asked of everybody who uses the key. */
  #hold(untilMs: number, reason: DeliveryError): void {
    if (untilMs <= this.#heldUntilMs) return
    this.#heldUntilMs = untilMs
    this.#heldFor = reason.code === 'ERR_DEADLINE' ? reason.cause : reason
  }

  async #request(batch: Batch, attempt: number, authorization: string): Promise<Answer> {
    const { url, writeKey, httpRequestTimeoutMs, redactsCredentials } = this.#settings
    const sentAt = new Date().toISOString()
    const build = (credentials: string, key: string) => ({
      url,
      method: 'POST' as const,
      headers: this.#buildHeaders(attempt, credentials),
      body: buildBody(batch, key, sentAt),
    })
    const request = build(authorization, writeKey)
    if (this.#emitter.has('http_request')) {
      this.#emitter.emit('http_request', redactsCredentials ? build(REDACTED, REDACTED) : { ...request })
    }
    const clientRequest = { ...request, httpRequestTimeout: httpRequestTimeoutMs }
    const answer = await makeRequest(this.#client, clientRequest, batch.deadline, ({ status }) => {
      batch.isAccepted = isSuccess(status)
    })
    if (answer.kind === 'response' && this.#emitter.has('http_response')) {
      const { status, statusText, headers, body } = answer
      this.#emitter.emit('http_response', { url, status, statusText, headers, body })
    }
    return answer
  }

  #buildHeaders(attempt: number, authorization: string): Record<string, string> {
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'User-Agent': `analytics-edge/${VERSION}`,
      Authorization: authorization,
    }
    if (attempt > 1) headers['X-Retry-Count'] = String(attempt - 1)
    return headers
  }
}

/** The request's body, from the JSON that each event already is. `sentAt` is the attempt's, by which the server corrects clocks. */
function buildBody(batch: Batch, writeKey: string, sentAt: string): string {
  let events = ''
  for (const { json } of batch.entries) events += events === '' ? json : `,${json}`
  return `{"batch":[${events}],"writeKey":${JSON.stringify(writeKey)},"sentAt":"${sentAt}"}`
}

function tooLate(cause: unknown): SendOutcome {
  const message = 'the pause before the next try would outlast the deadline of the flush'
  return { kind: 'failed', reason: createDeadlineError(message, cause) }
}
