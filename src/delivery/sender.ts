import type { Authorization, Authorizer } from '../auth/authorizer.ts'
import type { DeliveryError } from '../errors.ts'
import type { Emitter } from '../events/emitter.ts'
import { toHTTPClient } from '../http/client.ts'
import { type Answer, exchange } from '../http/exchange.ts'
import type { HTTPClient } from '../http/types.ts'
import { encodeBase64 } from '../lib/base64.ts'
import { utf8ByteLength } from '../lib/utf8-byte-length.ts'
import { VERSION } from '../lib/version.ts'
import { REDACTED, type ResolvedSettings } from '../settings/settings.ts'
import type { Batch } from './batch.ts'
import { createDeadlineError } from './deadline.ts'
import type { QueuedEvent } from './queued-event.ts'
import { decideRetry, isSuccess, type RetryDecision } from './retry.ts'

/** How a batch ended, or that its parts should be tried. */
export type SendOutcome = Exclude<RetryDecision, { kind: 'retry' | 'renew-token' }>

/** Segment's limit is 500 KB a request; the rest is room for proxies that add to the body. */
export const MAX_BATCH_BYTES = 480 * 1024

/** Carries batches to the Tracking API. It holds values only, so that all scopes of a client can share one. */
export class Sender {
  readonly #settings: ResolvedSettings
  readonly #emitter: Emitter
  readonly #client: HTTPClient
  /** Bytes of a request, for events and the commas between them. */
  readonly roomBytes: number
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
    this.roomBytes = MAX_BATCH_BYTES - utf8ByteLength(buildBody([], settings.writeKey, new Date(0).toISOString()))
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
      if (!(await batch.rest(this.#heldUntilMs - Date.now()))) return tooLate(batch.lastFailure ?? this.#heldFor)
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
        deadlineMs: batch.atMs,
        canRenewToken,
        random: Math.random(),
      })
      if (decision.kind === 'delivered') {
        this.#limitedSinceMs = undefined
        return decision
      }
      const { reason, askedMs } = decision
      const isAsked = askedMs !== undefined
      if (isAsked) this.#hold(nowMs + askedMs, reason)
      if (decision.kind === 'failed' || decision.kind === 'split') return decision

      batch.lastFailure = reason
      if (decision.kind === 'renew-token') {
        canRenewToken = false
        authorizer?.refuse(authorization.header)
        continue
      }
      if (isAsked) this.#limitedSinceMs ??= nowMs
      else failingSinceMs ??= nowMs
      const sinceMs = (isAsked ? this.#limitedSinceMs : failingSinceMs) ?? nowMs
      const endMs = sinceMs + (isAsked ? maxRateLimitMs : maxTotalBackoffMs)
      if (nowMs + decision.delayMs > endMs) return { kind: 'failed', reason }

      if (!isAsked) countedRetries++
      if (!(await batch.rest(decision.delayMs))) return tooLate(reason)
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
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'User-Agent': `analytics-edge/${VERSION}`,
      Authorization: authorization,
    }
    if (attempt > 1) headers['X-Retry-Count'] = String(attempt - 1)
    const body = buildBody(batch.entries, writeKey, sentAt)
    if (this.#emitter.has('http_request')) {
      const shown = redactsCredentials
        ? { headers: { ...headers, Authorization: REDACTED }, body: buildBody(batch.entries, REDACTED, sentAt) }
        : { headers, body }
      this.#emitter.emit('http_request', { url, method: 'POST', ...shown })
    }
    const request = { url, method: 'POST' as const, headers, body, httpRequestTimeout: httpRequestTimeoutMs }
    const answer = await exchange(this.#client, request, batch, ({ status }) => {
      batch.isAccepted = isSuccess(status)
    })
    if (answer.kind === 'response' && this.#emitter.has('http_response')) {
      const { status, statusText, headers, body } = answer
      this.#emitter.emit('http_response', { url, status, statusText, headers, body })
    }
    return answer
  }
}

/** The request's body, from the JSON that each event already is. `sentAt` is the attempt's, by which the server corrects clocks. */
function buildBody(entries: readonly QueuedEvent[], writeKey: string, sentAt: string): string {
  let events = ''
  for (const { json } of entries) events += events === '' ? json : `,${json}`
  return `{"batch":[${events}],"writeKey":${JSON.stringify(writeKey)},"sentAt":"${sentAt}"}`
}

function tooLate(cause: unknown): SendOutcome {
  const message = 'the pause before the next try would outlast the deadline of the flush'
  return { kind: 'failed', reason: createDeadlineError(message, cause) }
}
