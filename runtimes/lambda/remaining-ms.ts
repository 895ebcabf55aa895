import type { LambdaInvocation } from './types.ts'

/** The time that an invocation has left; without limit if its context, a unit test's for example, does not tell. */
export function remainingMs(context: LambdaInvocation | undefined | null): number {
  const leftMs = context?.getRemainingTimeInMillis?.()
  return typeof leftMs === 'number' && !Number.isNaN(leftMs) ? leftMs : Number.POSITIVE_INFINITY
}
