// When to try again. One policy for batches and for tokens; it decides, and waits for nothing.

export interface RetryLimits {
  readonly maxRetries: number
  readonly minRetryDelayMs: number
  readonly maxRetryDelayMs: number
  readonly maxTotalBackoffMs: number
  readonly maxRateLimitMs: number
}

/** A wait before the next attempt. */
export interface Pause {
  readonly delayMs: number
  /** Whether the server asked for it: then it cannot be cut short. */
  readonly isAsked: boolean
}

/** What a batch, or a wait for a token, has behind it. Times are the monotonic clock's. */
export interface RetryHistory {
  /** Retries that count against `maxRetries`. */
  readonly retryCount: number
  readonly failingSinceMs: number | undefined
  readonly limitedSinceMs: number | undefined
}

export const NO_RETRIES: RetryHistory = { retryCount: 0, failingSinceMs: undefined, limitedSinceMs: undefined }

export interface Failure {
  /** The pause that the server asks for, if it does. */
  readonly askedMs: number | undefined
  /** Whether that pause is everybody's: a 429. Such a retry does not count against `maxRetries`. */
  readonly isRateLimited: boolean
}

export type RetryPlan = { kind: 'retry'; pause: Pause; history: RetryHistory } | { kind: 'stop'; isTooLate: boolean }

/** Three retries have to outlast an outage of three seconds, and the first is to be early: hence the steep growth. */
const GROWTH = 8

/** The last attempt leaves this much time for its response, or half of what is left. */
const LAST_ATTEMPT_MS = 500
/** With less time than this, an attempt is not worth making. */
const MIN_LAST_ATTEMPT_MS = 25

/** However often a server asks to come back at once, it is not asked more often than this. */
const MAX_FLOOR_MS = 1_000

/**
 * Exponential back-off with jitter: a crowd of clients that failed together does not come back together. At least half of the pause
 * is certain, so that the retries outlast what they are meant to.
 *
 * @param retry 1 for the first
 * @param random a number in [0, 1)
 */
export function backOffMs(retry: number, limits: RetryLimits, random: number): number {
  const fullMs = Math.min(limits.maxRetryDelayMs, limits.minRetryDelayMs * GROWTH ** (retry - 1))
  return fullMs * (0.5 + random / 2)
}

/** When the last attempt before a deadline is made. */
export function lastChanceMs(nowMs: number, deadlineMs: number): number {
  return deadlineMs - Math.min(LAST_ATTEMPT_MS, (deadlineMs - nowMs) / 2)
}

/** Decides whether to try again after a transient failure, and when. @param ownMs the back-off, should it be tried again */
export function planRetry(
  history: RetryHistory,
  { askedMs, isRateLimited }: Failure,
  limits: RetryLimits,
  { nowMs, deadlineMs, ownMs }: { nowMs: number; deadlineMs: number; ownMs: number },
): RetryPlan {
  if (!isRateLimited && history.retryCount >= limits.maxRetries) return { kind: 'stop', isTooLate: false }
  const next: RetryHistory = isRateLimited
    ? { ...history, limitedSinceMs: history.limitedSinceMs ?? nowMs }
    : { ...history, retryCount: history.retryCount + 1, failingSinceMs: history.failingSinceMs ?? nowMs }
  const sinceMs = (isRateLimited ? next.limitedSinceMs : next.failingSinceMs) ?? nowMs
  const endMs = sinceMs + (isRateLimited ? limits.maxRateLimitMs : limits.maxTotalBackoffMs)
  const delayMs = Math.max(askedMs ?? 0, isRateLimited ? Math.min(ownMs, MAX_FLOOR_MS) : ownMs)
  if (nowMs + delayMs > endMs) return { kind: 'stop', isTooLate: false }

  const isAsked = askedMs !== undefined && askedMs >= delayMs
  if (nowMs + delayMs < deadlineMs) return { kind: 'retry', pause: { delayMs, isAsked }, history: next }
  const lastMs = lastChanceMs(nowMs, deadlineMs) - nowMs
  if (lastMs < MIN_LAST_ATTEMPT_MS || (askedMs ?? 0) > lastMs) return { kind: 'stop', isTooLate: true }
  return { kind: 'retry', pause: { delayMs: lastMs, isAsked: false }, history: next }
}
