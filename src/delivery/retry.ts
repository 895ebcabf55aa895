import { DeliveryError } from '../errors.ts'
import type { Answer } from '../http/exchange.ts'
import { parseRetryAfterMs } from '../http/retry-after.ts'
import { createDeadlineError } from './deadline.ts'

/** What to do after an attempt. */
export type RetryDecision =
  | { kind: 'delivered' }
  /** `askedMs`: the server asked for a pause that outlasts the deadline. Later batches have to keep to it all the same. */
  | { kind: 'failed'; reason: DeliveryError; askedMs?: number }
  /** The server refused the batch, and it may be for one of its events: send the halves. */
  | { kind: 'split'; reason: DeliveryError; askedMs?: undefined }
  /** The token was refused: try again, once, with another. */
  | { kind: 'renew-token'; reason: DeliveryError; askedMs?: undefined }
  /** Try again after a pause; `askedMs` is what the server asked for, if it did. Such a pause uses up none of `maxRetries`. */
  | { kind: 'retry'; delayMs: number; askedMs: number | undefined; reason: DeliveryError }

export interface RetryState {
  answer: Answer
  /** Events in the batch. */
  eventCount: number
  /** Requests made so far, the answered one included. */
  attempt: number
  /** Retries among them that count against `maxRetries`. */
  countedRetries: number
  maxRetries: number
  minRetryDelayMs: number
  maxRetryDelayMs: number
  nowMs: number
  /** When the batch's flush ends, in epoch milliseconds. */
  deadlineMs: number
  /** Whether a token was sent that has not been renewed for this batch yet. */
  canRenewToken?: boolean | undefined
  /** A fresh number in [0, 1) for the jitter. */
  random: number
}

/** Statuses below 500 that Segment documents as transient. */
const TRANSIENT_STATUSES = new Set([408, 410, 429, 460])
/** Statuses by which a server may refuse a token. */
const TOKEN_STATUSES = new Set([401, 403, 511])
/** Statuses from 500 on that say the request itself will never do. */
const PERMANENT_STATUSES = new Set([501, 505, 511])

export function decideRetry(state: RetryState): RetryDecision {
  const { answer, countedRetries, maxRetries, nowMs, deadlineMs } = state
  if (answer.kind === 'response' && isSuccess(answer.status)) return { kind: 'delivered' }

  const reason = answer.kind === 'response' ? buildStatusError(answer) : answer.reason
  if (answer.kind === 'response' && state.canRenewToken && TOKEN_STATUSES.has(answer.status)) {
    return { kind: 'renew-token', reason }
  }
  if (answer.kind === 'response' && !isTransient(answer.status)) {
    const isDivisible = state.eventCount > 1 && (answer.status === 400 || answer.status === 413)
    return { kind: isDivisible ? 'split' : 'failed', reason }
  }
  const askedMs = answer.kind === 'response' ? parseRetryAfterMs(answer.headers, nowMs) : undefined
  if (askedMs === undefined && countedRetries >= maxRetries) return { kind: 'failed', reason }

  const delayMs = Math.max(askedMs ?? 0, backoffMs(state))
  if (nowMs + delayMs < deadlineMs) return { kind: 'retry', delayMs, askedMs, reason }
  const message = `the next try, in ${Math.ceil(delayMs)} ms, would come after the deadline of the flush`
  return { kind: 'failed', reason: createDeadlineError(message, reason), ...(askedMs !== undefined && { askedMs }) }
}

/**
 * Exponential back-off with full jitter: a crowd of clients that failed together does not come back together. It grows with every
 * attempt, counted or not: a server that forever asks to come back at once is not obeyed to the letter.
 */
function backoffMs({ attempt, minRetryDelayMs, maxRetryDelayMs, random }: RetryState): number {
  return random * Math.min(maxRetryDelayMs, minRetryDelayMs * 2 ** (attempt - 1))
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function isTransient(status: number): boolean {
  return TRANSIENT_STATUSES.has(status) || (status >= 500 && !PERMANENT_STATUSES.has(status))
}

function buildStatusError(answer: Answer & { kind: 'response' }): DeliveryError {
  const { status } = answer
  const location = status >= 300 && status < 400 ? answer.headers.location : undefined
  const target =
    location === undefined ? '' : ` (redirects to ${location} are not followed: correct the setting 'host')`
  return new DeliveryError('ERR_HTTP_STATUS', `[${status}] ${answer.statusText}${target}`, { status })
}
