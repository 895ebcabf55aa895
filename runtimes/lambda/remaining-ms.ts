import type { LambdaInvocation } from './types.ts'

/** The remaining time of an invocation; unlimited if its context does not have it, for example in a unit test. */
export function remainingMs(context: LambdaInvocation | undefined | null): number {
  const leftMs = context?.getRemainingTimeInMillis?.()
  return typeof leftMs === 'number' && !Number.isNaN(leftMs) ? leftMs : Number.POSITIVE_INFINITY
}
