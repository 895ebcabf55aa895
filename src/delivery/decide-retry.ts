import { DeliveryError } from '../errors.ts'
import { createDeadlineError } from './deadline.ts'
import type { Answer } from './request.ts'
import { parseRetryAfterMs } from './retry-after.ts'

/** What to do after an attempt: nothing more, stop with a reason, or try again after a pause. */
export type RetryDecision =
  | { kind: 'delivered' }
  | { kind: 'failed'; reason: DeliveryError }
  /** `isCounted` is false where the server asked for the pause: that uses up none of `maxRetries`. */
  | { kind: 'retry'; delayMs: number; reason: DeliveryError; isCounted: boolean }

export interface RetryState {
  answer: Answer
  /** Retries made so far that count against `maxRetries`. */
  countedRetries: number
  maxRetries: number
  nowMs: number
  /** When the batch's flush ends, in epoch milliseconds. */
  deadlineMs: number
  /** A fresh number in [0, 1) for the jitter. */
  random: number
}

const BACKOFF_BASE_MS = 100
const BACKOFF_MAX_MS = 30_000

/** Statuses below 500 that Segment documents as transient. */
const TRANSIENT_STATUSES = new Set([408, 410, 429, 460])
/** Statuses from 500 on that say the request itself will never do. */
const PERMANENT_STATUSES = new Set([501, 505, 511])

export function decideRetry(state: RetryState): RetryDecision {
  const { answer, countedRetries, maxRetries, nowMs, deadlineMs } = state
  if (answer.kind === 'response' && answer.status >= 200 && answer.status < 300) return { kind: 'delivered' }

  const reason = answer.kind === 'response' ? buildStatusError(answer) : answer.reason
  if (answer.kind === 'response' && !isTransient(answer.status)) return { kind: 'failed', reason }

  const askedMs = answer.kind === 'response' ? parseRetryAfterMs(answer.headers, nowMs) : undefined
  const isCounted = askedMs === undefined
  if (isCounted && countedRetries >= maxRetries) return { kind: 'failed', reason }

  const delayMs = Math.max(askedMs ?? 0, backoffMs(countedRetries, state.random))
  if (nowMs + delayMs >= deadlineMs) {
    const message = `the next try, in ${Math.ceil(delayMs)} ms, would come after the flush's deadline`
    return { kind: 'failed', reason: createDeadlineError(message, reason) }
  }
  return { kind: 'retry', delayMs, reason, isCounted }
}

/** Exponential back-off with full jitter: a crowd of clients that failed together does not come back together. */
function backoffMs(countedRetries: number, random: number): number {
  return random * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** countedRetries)
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
