/** Keeps Lambda from freezing the environment until the work passed to `release` is done. */
export interface Hold {
  release(work: Promise<unknown>): void
}

/** One invocation as the extension sees it: over once every hold on it is released and its work is done. */
export class HeldInvocation implements Hold {
  readonly requestId: string
  readonly #over: Promise<void>
  #setOver = () => {}
  #holdCount = 0
  #isOver = false

  constructor(requestId: string) {
    this.requestId = requestId
    this.#over = new Promise((resolve) => {
      this.#setOver = resolve
    })
  }

  /** False if the environment has already been released and may be frozen at any time. */
  hold(): boolean {
    if (!this.#isOver) this.#holdCount++
    return !this.#isOver
  }

  release(work: Promise<unknown>): void {
    const done = () => {
      this.#holdCount--
      this.releaseUnlessHeld()
    }
    work.then(done, done)
  }

  releaseUnlessHeld(): void {
    if (this.#holdCount > 0) return
    this.#isOver = true
    this.#setOver()
  }

  /** Waits until it is over; without a hold within `graceMs`, it then is. */
  async untilOver(graceMs: number): Promise<void> {
    // After a freeze, the timer has expired before waiting I/O is read; setImmediate lets the I/O run first.
    const timer = setTimeout(() => setImmediate(() => this.releaseUnlessHeld()), graceMs)
    await this.#over
    clearTimeout(timer)
  }
}
