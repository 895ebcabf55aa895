// Decides when to try again, without waiting itself. Batches and tokens share the policy.

export interface RetryLimits {
  readonly maxRetries: number
  readonly minRetryDelayMs: number
  readonly maxRetryDelayMs: number
  readonly maxTotalBackoffMs: number
  readonly maxRateLimitMs: number
}

export interface Pause {
  readonly delayMs: number
  /** Whether the server asked for it, so that it cannot be shortened. */
  readonly isFixed: boolean
}

/** Past failures of a batch, or of a wait for a token. Times are on the monotonic clock. */
export interface RetryHistory {
  /** Retries that count against `maxRetries`. */
  readonly retryCount: number
  readonly failingSinceMs: number | undefined
  readonly limitedSinceMs: number | undefined
}

export const NO_RETRIES: RetryHistory = { retryCount: 0, failingSinceMs: undefined, limitedSinceMs: undefined }

export interface Failure {
  /** The pause that the server asks for, if any. */
  readonly retryAfterMs: number | undefined
  /** Whether the pause applies to everyone: a 429. Such a retry does not count against `maxRetries`. */
  readonly isRateLimited: boolean
}

export type RetryPlan = { kind: 'retry'; pause: Pause; history: RetryHistory } | { kind: 'stop'; isTooLate: boolean }

/** Steep, because three retries must outlast a three-second outage and the first should be early. */
const GROWTH = 8

/** Time left for the response to the last attempt, or half of the remaining time if that is less. */
const LAST_ATTEMPT_MS = 500
/** With less time than this left, an attempt is not worth making. */
const MIN_LAST_ATTEMPT_MS = 25

/** The longest minimum pause, even if a server keeps asking for an immediate retry. */
const MAX_FLOOR_MS = 1_000

/**
 * Exponential back-off with jitter, so that clients that failed together do not return together. At least half of the
 * pause is fixed, so that the retries last as long as intended.
 *
 * @param retry 1 for the first
 * @param random a number in [0, 1)
 */
export function backOffMs(retry: number, limits: RetryLimits, random: number): number {
  const fullMs = Math.min(limits.maxRetryDelayMs, limits.minRetryDelayMs * GROWTH ** (retry - 1))
  return fullMs * (0.5 + random / 2)
}

/** When to make the last attempt before a deadline. */
export function lastChanceMs(nowMs: number, deadlineMs: number): number {
  return deadlineMs - Math.min(LAST_ATTEMPT_MS, (deadlineMs - nowMs) / 2)
}

/**
 * Decides whether and when to try again after a transient failure.
 * @param ownMs the back-off before the next attempt
 */
export function planRetry(
  history: RetryHistory,
  { retryAfterMs, isRateLimited }: Failure,
  limits: RetryLimits,
  { nowMs, deadlineMs, ownMs }: { nowMs: number; deadlineMs: number; ownMs: number },
): RetryPlan {
  if (!isRateLimited && history.retryCount >= limits.maxRetries) return { kind: 'stop', isTooLate: false }
  const sinceMs = (isRateLimited ? history.limitedSinceMs : history.failingSinceMs) ?? nowMs
  const next: RetryHistory = isRateLimited
    ? { ...history, limitedSinceMs: sinceMs }
    : { ...history, retryCount: history.retryCount + 1, failingSinceMs: sinceMs }
  const endMs = sinceMs + (isRateLimited ? limits.maxRateLimitMs : limits.maxTotalBackoffMs)
  const delayMs = Math.max(retryAfterMs ?? 0, isRateLimited ? Math.min(ownMs, MAX_FLOOR_MS) : ownMs)
  if (nowMs + delayMs > endMs) return { kind: 'stop', isTooLate: false }

  const isFixed = retryAfterMs !== undefined && retryAfterMs >= delayMs
  if (nowMs + delayMs < deadlineMs) return { kind: 'retry', pause: { delayMs, isFixed }, history: next }
  const lastMs = lastChanceMs(nowMs, deadlineMs) - nowMs
  if (lastMs < MIN_LAST_ATTEMPT_MS || (retryAfterMs ?? 0) > lastMs) return { kind: 'stop', isTooLate: true }
  return { kind: 'retry', pause: { delayMs: lastMs, isFixed: false }, history: next }
}
