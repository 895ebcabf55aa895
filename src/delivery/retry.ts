import { DeliveryError } from '../errors.ts'
import { backOffMs, type Pause, planRetry, type RetryHistory, type RetryLimits } from '../http/back-off.ts'
import { createDeadlineError } from '../http/deadline.ts'
import type { ExchangeResult, ReceivedResponse } from '../http/exchange.ts'
import { parseRetryAfterMs } from '../http/retry-after.ts'

export type RetryDecision =
  | { kind: 'delivered' }
  | { kind: 'failed'; reason: DeliveryError }
  /** The server rejected the events, possibly because of one of them: send the halves of a batch. */
  | { kind: 'split'; reason: DeliveryError }
  /** The token may have been rejected: try once more with a new one. */
  | { kind: 'renew-token'; reason: DeliveryError }
  | { kind: 'retry'; reason: DeliveryError; pause: Pause; history: RetryHistory }

export interface RetryState {
  readonly result: ExchangeResult
  readonly url: string
  readonly history: RetryHistory
  readonly limits: RetryLimits
  /** On the monotonic clock, like the deadline. */
  readonly nowMs: number
  readonly deadlineMs: number
  /** Whether a token was sent that has not been renewed for this batch yet. */
  readonly canRenewToken: boolean
  /** A new random number in [0, 1) for the jitter. */
  readonly random: number
  readonly redact: (text: string) => string
}

/** Statuses below 500 that Segment documents as transient. */
const TRANSIENT_STATUSES = new Set([408, 410, 429, 460])
/** Statuses of 500 and above that mean the request can never succeed. */
const PERMANENT_STATUSES = new Set([501, 505, 511])
/** Sent by a network that asks for credentials (RFC 6585, section 6). */
const NETWORK_AUTHENTICATION_STATUS = 511

const MAX_ANSWER_LENGTH = 300

export function decideRetry(state: RetryState): RetryDecision {
  const { result, history, limits, nowMs, deadlineMs } = state
  if (result.kind === 'response' && isSuccess(result.status)) return { kind: 'delivered' }

  const reason = result.kind === 'response' ? buildStatusError(result, state) : result.reason
  const status = result.kind === 'response' ? result.status : 0
  const isTransient = isTransientStatus(status)
  const isRejection = (status >= 400 && status < 500 && !isTransient) || status === NETWORK_AUTHENTICATION_STATUS
  if (state.canRenewToken && isRejection) return { kind: 'renew-token', reason }
  if (!isTransient) return { kind: status === 400 || status === 413 ? 'split' : 'failed', reason }
  const retryAfterMs = readRetryAfterMs(result)
  const failure = { retryAfterMs, isRateLimited: status === 429 && retryAfterMs !== undefined }
  // The pause after an uncounted 429 grows like the others: a server that always asks for an immediate retry does not
  // get one.
  const ownMs = backOffMs(history.retryCount + 1, limits, state.random)
  const plan = planRetry(history, failure, limits, { nowMs, deadlineMs, ownMs })
  if (plan.kind === 'retry') return { ...plan, reason }
  return { kind: 'failed', reason: plan.isTooLate ? createTooLateError(reason) : reason }
}

/** The pause that a 429 asks of everyone using the key; undefined if it asks for none. */
export function readRateLimitMs(result: ExchangeResult): number | undefined {
  return result.kind === 'response' && result.status === 429 ? readRetryAfterMs(result) : undefined
}

export function createTooLateError(cause: unknown): DeliveryError {
  return createDeadlineError('the pause before the next attempt would outlast the deadline of the flush', cause)
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function readRetryAfterMs(result: ExchangeResult): number | undefined {
  // The wall clock, because a server may answer with a date.
  return result.kind === 'response' ? parseRetryAfterMs(result.headers, Date.now()) : undefined
}

function isTransientStatus(status: number): boolean {
  return status === 0 || TRANSIENT_STATUSES.has(status) || (status >= 500 && !PERMANENT_STATUSES.has(status))
}

function buildStatusError(result: ReceivedResponse, { url, redact }: RetryState): DeliveryError {
  const { status, headers, body } = result
  const message = redact(`[${status}] ${result.statusText}${explain(status, headers.location, url)}`)
  return new DeliveryError('ERR_HTTP_STATUS', message, { status, answer: summarize(body, redact) })
}

/** The beginning of a body, for logs. */
function summarize(body: string, redact: (text: string) => string): string | undefined {
  return redact(body).slice(0, MAX_ANSWER_LENGTH) || undefined
}

function explain(status: number, location: string | undefined, url: string): string {
  if (status === 404) return ` (POST ${url}: check the settings 'host' and 'path')`
  const isRedirect = status >= 300 && status < 400 && location !== undefined
  return isRedirect ? ` (redirects to ${location} are not followed: correct the setting 'host')` : ''
}
