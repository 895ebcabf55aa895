import { monotonicMs } from '../lib/monotonic-ms.ts'
import { RequestGuard } from '../lib/request-guard.ts'
import { tryTo } from '../lib/try-to.ts'

/** How often a request checks whether a task run by another request has finished. */
const POLL_MS = 10

interface Failure {
  readonly cause: unknown
}

/**
 * Loads or unloads a plugin. Several requests can wait for it, even on hosts where a request must not await another's
 * promise.
 */
export class LoadTask {
  /** The request that runs it. */
  readonly #request = new RequestGuard()
  readonly #finished: Promise<void>
  readonly #limitMs: number
  readonly #startedAtMs = monotonicMs()
  readonly #onFailure: (cause: unknown) => void
  #isOver = false
  #wake: (() => void) | undefined

  /**
   * @param run begins at once; may throw
   * @param onFailure called once, with what `run` threw, or if it did not finish within `limitMs`
   */
  constructor(run: () => Promise<unknown>, limitMs: number, onFailure: (cause: unknown) => void) {
    this.#limitMs = limitMs
    this.#onFailure = onFailure
    this.#finished = new Promise((resolve) => {
      // Workers allow no timers at module scope; waiting requests check the clock themselves.
      const timer = tryTo(() => setTimeout(() => finish(this.#createTimeout()), limitMs))
      const finish = (failure?: Failure) => {
        clearTimeout(timer)
        this.#finish(failure)
        resolve()
      }
      this.#onAbandon(() => {
        // Another request's timer id means nothing here.
        if (this.#request.isSameRequest()) clearTimeout(timer)
        resolve()
      })
      // A turn later, because `run` may itself ask for this task.
      Promise.resolve()
        .then(run)
        .then(
          () => finish(),
          (cause) => finish({ cause }),
        )
    })
  }

  /** Other requests also check the clock, because the one that runs it may be over. */
  get isOver(): boolean {
    if (!this.#isOver && monotonicMs() - this.#startedAtMs > this.#limitMs) this.#finish(this.#createTimeout())
    return this.#isOver
  }

  /** Resolves when the task has finished; in another request, shortly after. */
  untilOver(): Promise<void> {
    return this.#request.isSameRequest() ? this.#finished : this.#pollUntilOver()
  }

  /** Stops everyone waiting for the task; its result is ignored. */
  abandon(): void {
    this.#isOver = true
    this.#wake?.()
  }

  #onAbandon(wake: () => void): void {
    this.#wake = wake
  }

  #finish(failure: Failure | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    if (failure) this.#onFailure(failure.cause)
  }

  #createTimeout(): Failure {
    return { cause: new Error(`it did not finish within ${this.#limitMs} ms (pluginTimeout)`) }
  }

  async #pollUntilOver(): Promise<void> {
    while (!this.isOver) {
      // A timer and a promise that belong to the waiting request.
      const pause = new Promise<void>((resolve) => {
        setTimeout(resolve, POLL_MS)
      })
      // At module scope, where timers are not allowed, the promise cannot belong to another request.
      await pause.catch(() => this.#finished)
    }
  }
}
