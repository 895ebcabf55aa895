import type { RequestGuard } from '../lib/request-guard.ts'

/** How often a request looks whether a task has ended that another request runs. */
const LOOK_AGAIN_MS = 10

/** Work on which several requests may wait, on hosts where none may wait for another's promise. */
export class RequestTask {
  readonly #request: RequestGuard
  readonly #ended: Promise<void>
  #isOver = false

  /**
   * @param request the one that runs it
   * @param run begins once the task is there, as it may itself ask for it; never rejects
   */
  constructor(request: RequestGuard, run: () => Promise<void>) {
    this.#request = request
    this.#ended = Promise.resolve()
      .then(run)
      .then(() => {
        this.#isOver = true
      })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Resolves when the task has ended; for another request, soon after. */
  untilOver(): Promise<void> {
    return this.#request.isSameRequest() ? this.#ended : this.#lookUntilOver()
  }

  async #lookUntilOver(): Promise<void> {
    while (!this.#isOver) {
      // A timer and a promise of the request that waits, of no other.
      await new Promise<void>((resolve) => {
        setTimeout(resolve, LOOK_AGAIN_MS)
      })
    }
  }
}
