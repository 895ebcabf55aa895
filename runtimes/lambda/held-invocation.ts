/** Keeps Lambda from freezing the environment until the work that comes with the release is done. */
export interface Hold {
  release(work: Promise<unknown>): void
}

/** One invocation, as the extension sees it: it is over when each hold on it has been released and its work is done. */
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

  /** False when the environment has been let go already, and may be frozen at any time. */
  hold(): boolean {
    if (!this.#isOver) this.#holdCount++
    return !this.#isOver
  }

  release(work: Promise<unknown>): void {
    const done = () => {
      this.#holdCount--
      this.letGoUnlessHeld()
    }
    work.then(done, done)
  }

  letGoUnlessHeld(): void {
    if (this.#holdCount > 0) return
    this.#isOver = true
    this.#setOver()
  }

  /** Waits until it is over: without a hold within `graceMs`, that is then. */
  async untilOver(graceMs: number): Promise<void> {
    // An environment that was paused finds the timer expired before it has read what came meanwhile, so that comes first.
    const timer = setTimeout(() => setImmediate(() => this.letGoUnlessHeld()), graceMs)
    await this.#over
    clearTimeout(timer)
  }
}
