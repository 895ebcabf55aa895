import { afterRealTime, keepAlive } from './real-time.ts'

/** How often a wait checks on its own: in workerd, one request must not resolve a promise of another. */
const LOOK_AGAIN_MS = 20

/** Waits for conditions, which it checks whenever something has happened. Fake clocks have no effect on it. */
export class PendingWaits {
  readonly #waiting = new Set<() => void>()
  /** What lets the process end during a wait. */
  readonly #keepers = new Set<() => void>()
  #isAbandoned = false

  notify(): void {
    for (const look of this.#waiting) look()
  }

  /** Lets the process end although something is waited for: under a fake clock, it might never come. */
  abandon(): void {
    this.#isAbandoned = true
    for (const letGo of this.#keepers) letGo()
    this.#keepers.clear()
  }

  /** Resolves with what `find` returns, or with undefined at the timeout. */
  until<Found>(find: () => Found | undefined, timeoutMs?: number): Promise<Found | undefined> {
    return new Promise((resolve, reject) => {
      let isLooking = false
      const letGo = this.#isAbandoned ? () => {} : keepAlive()
      this.#keepers.add(letGo)
      const end = (act: () => void) => {
        this.#waiting.delete(lookSoon)
        cancelNext?.()
        cancelLimit?.()
        letGo()
        this.#keepers.delete(letGo)
        act()
      }
      const look = () => {
        isLooking = false
        if (!this.#waiting.has(lookSoon)) return
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
        look()
        if (this.#waiting.has(lookSoon)) cancelNext = afterRealTime(LOOK_AGAIN_MS, lookAgain)
      }
      let cancelNext: (() => void) | undefined
      const cancelLimit =
        timeoutMs === undefined ? undefined : afterRealTime(timeoutMs, () => end(() => resolve(undefined)))
      this.#waiting.add(lookSoon)
      lookAgain()
    })
  }
}
