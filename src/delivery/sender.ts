import type { Authorization, Authorizer } from '../auth/authorizer.ts'
import type { DeliveryError } from '../errors.ts'
import type { Emitter } from '../events/emitter.ts'
import { NO_RETRIES } from '../http/back-off.ts'
import { toHTTPClient } from '../http/client.ts'
import { type ExchangeResult, exchange } from '../http/exchange.ts'
import { REDACTED, type Redactor } from '../http/redactor.ts'
import type { HTTPClient } from '../http/types.ts'
import { encodeBase64 } from '../lib/base64.ts'
import { findCapture } from '../lib/capture.ts'
import { monotonicMs } from '../lib/monotonic-ms.ts'
import { utf8ByteLength } from '../lib/utf8-byte-length.ts'
import { VERSION } from '../lib/version.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { Batch } from './batch.ts'
import type { QueuedEvent } from './queued-event.ts'
import { createTooLateError, decideRetry, isSuccess, type RetryDecision, readRateLimitMs } from './retry.ts'

/** The outcome of a batch, or that it should be split. */
export type SendOutcome = Exclude<RetryDecision, { kind: 'retry' | 'renew-token' }>

/** Segment allows 500 KB per request; the rest is left for proxies that add to the body. */
export const MAX_BATCH_BYTES = 480 * 1024

/** Shorter than what is read of a body, by more than the length of a secret. */
const MAX_SHOWN_BODY_LENGTH = 60 * 1024

/** Sends batches to the Tracking API. It has values only, so that all scopes of a client can share it. */
export class Sender {
  readonly #settings: ResolvedSettings
  readonly #emitter: Emitter
  readonly #redactor: Redactor
  readonly #client: HTTPClient
  /** Room in a request for events and the commas between them. */
  readonly roomBytes: number
  readonly #basic: Authorization
  /** When the pause that a 429 asks for is over; a value, so that every scope in the isolate sees it. */
  #limitedUntilMs = 0
  /** The response that asked for the pause. */
  #limitedFor: DeliveryError | undefined

  constructor(settings: ResolvedSettings, emitter: Emitter, redactor: Redactor) {
    this.#settings = settings
    this.#emitter = emitter
    this.#redactor = redactor
    this.roomBytes = MAX_BATCH_BYTES - utf8ByteLength(buildBody([], settings.writeKey, new Date(0).toISOString()))
    this.#client = toHTTPClient(settings.httpClient, settings.isCompressing)
    this.#basic = { kind: 'authorized', header: `Basic ${encodeBase64(`${settings.writeKey}:`)}` }
  }

  /** Sends a batch, with retries, until its deadline. Without an authorizer, uses the write key. Never throws. */
  async send(batch: Batch, authorizer?: Authorizer): Promise<SendOutcome> {
    const { limits, url } = this.#settings
    const { splitGroup, events } = batch
    let history = NO_RETRIES
    for (let attempt = 1; ; attempt++) {
      const slept = batch.sleep({ delayMs: this.#limitedUntilMs - monotonicMs(), isFixed: true })
      if (slept !== true && !(await slept)) return tooLate(batch.lastFailure ?? this.#limitedFor)
      const captured = findCapture<HTTPClient>()?.findTransport(this.#emitter, events)
      const authorization = authorizer && !captured ? await authorizer.authorize(batch) : this.#basic
      if (authorization.kind === 'failed') return authorization
      // Events reported as failed are not sent.
      if (batch.isOver) return tooLate(batch.lastFailure)

      for (const event of events) event.countAttempt()
      const result = await this.#request(captured ?? this.#client, batch, attempt, authorization.header)
      const decision = decideRetry({
        result,
        url,
        history,
        limits,
        nowMs: monotonicMs(),
        deadlineMs: batch.atMs,
        canRenewToken: authorizer !== undefined && !splitGroup.hasRenewedToken,
        random: Math.random(),
        redact: this.#redactor.redact,
      })
      if (decision.kind === 'delivered') return decision
      this.#noteRateLimit(readRateLimitMs(result), decision.reason)
      if (decision.kind === 'failed' || decision.kind === 'split') return decision

      batch.lastFailure = decision.reason
      if (decision.kind === 'renew-token') {
        splitGroup.hasRenewedToken = true
        authorizer?.invalidate(authorization.header)
        continue
      }
      history = decision.history
      if (!(await batch.sleep(decision.pause))) return tooLate(decision.reason)
    }
  }

  /** Makes all batches wait: a 429 asks everyone using the key to pause. */
  #noteRateLimit(retryAfterMs: number | undefined, reason: DeliveryError): void {
    const untilMs = monotonicMs() + (retryAfterMs ?? 0)
    if (retryAfterMs === undefined || untilMs <= this.#limitedUntilMs) return
    this.#limitedUntilMs = untilMs
    // The cast: the cause of an early deadline error is what the server said.
    this.#limitedFor = reason.code === 'ERR_DEADLINE' ? (reason.cause as DeliveryError) : reason
  }

  async #request(client: HTTPClient, batch: Batch, attempt: number, authorization: string): Promise<ExchangeResult> {
    const { url, writeKey, httpRequestTimeoutMs, redactsCredentials } = this.#settings
    const { redact } = this.#redactor
    const sentAt = new Date().toISOString()
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'User-Agent': `analytics-edge/${VERSION}`,
      Authorization: authorization,
    }
    if (attempt > 1) headers['X-Retry-Count'] = String(attempt - 1)
    const body = buildBody(batch.events, writeKey, sentAt)
    if (this.#emitter.has('http_request')) {
      const shown = redactsCredentials
        ? { headers: { ...headers, Authorization: REDACTED }, body: redact(buildBody(batch.events, REDACTED, sentAt)) }
        : { headers: { ...headers }, body }
      this.#emitter.emit('http_request', { url, method: 'POST', ...shown })
    }
    const request = { url, method: 'POST' as const, headers, body, httpRequestTimeout: httpRequestTimeoutMs }
    const result = await exchange(client, request, batch, redact, ({ status }) => {
      batch.isAccepted = isSuccess(status)
    })
    if (result.kind === 'response' && this.#emitter.has('http_response')) {
      const show = redactsCredentials ? redact : (text: string) => text
      const shown = Object.entries(result.headers).map(([name, value]) => [name, show(value)])
      this.#emitter.emit('http_response', {
        url,
        status: result.status,
        statusText: show(result.statusText),
        headers: Object.fromEntries(shown),
        // A secret cut off at the end of what was read would not be recognised.
        body: show(result.body).slice(0, MAX_SHOWN_BODY_LENGTH),
      })
    }
    return result
  }
}

/**
 * Builds the request body from the events' JSON. `sentAt` is per attempt, because the server uses it to correct clocks.
 */
function buildBody(events: readonly QueuedEvent[], writeKey: string, sentAt: string): string {
  let batch = ''
  for (const { json } of events) batch += batch === '' ? json : `,${json}`
  return `{"batch":[${batch}],"writeKey":${JSON.stringify(writeKey)},"sentAt":"${sentAt}"}`
}

function tooLate(cause: unknown): SendOutcome {
  return { kind: 'failed', reason: createTooLateError(cause) }
}
