/** Milliseconds by a clock that never jumps, for deadlines and pauses. The wall clock is for timestamps and HTTP dates alone. */
export function monotonicMs(): number {
  return performance.now()
}
