/**
 * Milliseconds on a clock that never jumps, for deadlines and pauses. The wall clock is only for timestamps and HTTP
 * dates.
 */
export function monotonicMs(): number {
  return performance.now()
}
