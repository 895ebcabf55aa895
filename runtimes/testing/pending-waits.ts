// Read when the module loads: test runners replace the globals.
const { setTimeout, clearTimeout } = globalThis

/** How often a wait checks on its own: in workerd, one request must not resolve a promise of another. */
const LOOK_AGAIN_MS = 20

/** Waits for conditions, which it checks whenever something has happened. */
export class PendingWaits {
  readonly #waiting = new Set<() => void>()

  notify(): void {
    for (const look of this.#waiting) look()
  }

  /** Resolves with what `find` returns, or with undefined at the timeout. */
  until<Found>(find: () => Found | undefined, timeoutMs?: number): Promise<Found | undefined> {
    return new Promise((resolve, reject) => {
      let isLooking = false
      const end = (act: () => void) => {
        this.#waiting.delete(lookSoon)
        clearTimeout(next)
        clearTimeout(limit)
        act()
      }
      const look = () => {
        isLooking = false
        try {
          const found = find()
          if (found !== undefined) end(() => resolve(found))
        } catch (error) {
          end(() => reject(error))
        }
      }
      // The notified code has not finished yet, so the look comes after it.
      const lookSoon = () => {
        if (isLooking) return
        isLooking = true
        void Promise.resolve().then(look)
      }
      const lookAgain = () => {
        if (!this.#waiting.has(lookSoon)) return
        look()
        if (this.#waiting.has(lookSoon)) next = setTimeout(lookAgain, LOOK_AGAIN_MS)
      }
      let next: ReturnType<typeof setTimeout> | undefined
      const limit = timeoutMs === undefined ? undefined : setTimeout(() => end(() => resolve(undefined)), timeoutMs)
      this.#waiting.add(lookSoon)
      lookAgain()
    })
  }
}
