import { monotonicMs } from '../lib/monotonic-ms.ts'
import { RequestGuard } from '../lib/request-guard.ts'
import { tryTo } from '../lib/try-to.ts'

/** How often a request looks whether a task has ended that another request runs. */
const LOOK_AGAIN_MS = 10

/** Loads or unloads a plugin. Several requests may wait for it, on hosts where none may wait for another's promise. */
export class LoadTask {
  /** The one that runs it. */
  readonly #request = new RequestGuard()
  readonly #ended: Promise<void>
  readonly #limitMs: number
  readonly #startedAtMs = monotonicMs()
  readonly #onEnd: (problem: unknown, isLate: boolean) => void
  #isOver = false
  #wake: (() => void) | undefined

  /**
   * @param run begins at once; may throw
   * @param onEnd called once, with what `run` threw if it did; late if it did not end within `limitMs`
   */
  constructor(run: () => Promise<unknown>, limitMs: number, onEnd: (problem: unknown, isLate: boolean) => void) {
    this.#limitMs = limitMs
    this.#onEnd = onEnd
    this.#ended = new Promise((resolve) => {
      // Workers allow no timers at module scope; the requests that wait look at the clock by themselves.
      const timer = tryTo(() => setTimeout(() => end(undefined, true), limitMs))
      const end = (problem: unknown, isLate = false) => {
        clearTimeout(timer)
        this.#end(problem, isLate)
        resolve()
      }
      this.#onAbandon(() => {
        // The number of another request's timer means nothing here.
        if (this.#request.isSameRequest()) clearTimeout(timer)
        resolve()
      })
      // A turn later, as it may itself ask for this task.
      Promise.resolve()
        .then(run)
        .then(() => end(undefined), end)
    })
  }

  /** For another request than its own, the clock tells as well: the one that runs it may have ended. */
  get isOver(): boolean {
    if (!this.#isOver && monotonicMs() - this.#startedAtMs > this.#limitMs) this.#end(undefined, true)
    return this.#isOver
  }

  /** Resolves when the task has ended; for another request, soon after. */
  untilOver(): Promise<void> {
    return this.#request.isSameRequest() ? this.#ended : this.#lookUntilOver()
  }

  /** Ends it for whoever waits; what it still comes to is nobody's business. */
  abandon(): void {
    this.#isOver = true
    this.#wake?.()
  }

  #onAbandon(wake: () => void): void {
    this.#wake = wake
  }

  #end(problem: unknown, isLate: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onEnd(problem, isLate)
  }

  async #lookUntilOver(): Promise<void> {
    while (!this.isOver) {
      // A timer and a promise of the request that waits, of no other.
      const pause = new Promise<void>((resolve) => {
        setTimeout(resolve, LOOK_AGAIN_MS)
      })
      // At module scope, where there are none, nobody else's promise is in question.
      await pause.catch(() => this.#ended)
    }
  }
}
