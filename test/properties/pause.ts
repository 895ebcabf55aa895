/** How long a slow callback, hand-over or plugin takes. */
export const PAUSE_MS = 800

const running = new Set<unknown>()

/** A pause of the program's own, to be told from the timers of the SDK. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      running.delete(timer)
      resolve()
    }, PAUSE_MS)
    running.add(timer)
  })
}

export function countPauses(): number {
  return running.size
}

/** For the start of a program, whose clock has none of an earlier one's timers. */
export function forgetPauses(): void {
  running.clear()
}
