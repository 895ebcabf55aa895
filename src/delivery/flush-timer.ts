/** The one timer of a queue. */
export class FlushTimer {
  readonly #onTime: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(onTime: () => void) {
    this.#onTime = onTime
  }

  /** Starts it, unless it runs already. */
  start(delayMs: number, isUnref: boolean): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#onTime()
    }, delayMs)
    this.setUnref(isUnref)
  }

  stop(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Whether the process may end while it runs. */
  setUnref(isUnref: boolean): void {
    // Node's timers are objects that can let the process end; on other runtimes a timer is a number, or has no such methods.
    const timer = this.#timer as { ref?: () => void; unref?: () => void } | undefined
    if (isUnref) timer?.unref?.()
    else timer?.ref?.()
  }
}
