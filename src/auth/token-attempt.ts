import type { Deadline } from '../http/deadline.ts'
import type { TokenDecision } from './decide-token.ts'

/** The outcome of an attempt to get a token; `ownMs` is the back-off shared by everything waiting for it. */
export type AttemptOutcome =
  | Exclude<TokenDecision, { kind: 'clock' | 'retry' }>
  | (Extract<TokenDecision, { kind: 'retry' }> & { ownMs: number })

/** One attempt to get a token, for all batches of a queue that need it. Abandoned once nothing waits for it. */
export class TokenAttempt {
  readonly #isBackground: boolean
  readonly #outcome: Promise<AttemptOutcome>
  #cancelWait: (() => void) | undefined
  #waitCount = 0
  isAbandoned = false

  constructor(isBackground: boolean, act: (attempt: TokenAttempt) => Promise<AttemptOutcome>) {
    this.#isBackground = isBackground
    this.#outcome = act(this)
  }

  /** Sets what cancels the attempt's current request or read; called at once if the attempt was already abandoned. */
  onExpire(cancel: (() => void) | undefined): void {
    this.#cancelWait = cancel
    if (this.isAbandoned) cancel?.()
  }

  /** Resolves when the attempt finishes. */
  get finished(): Promise<unknown> {
    return this.#outcome
  }

  /** The outcome; undefined if the caller's deadline came first. */
  waitFor(deadline: Deadline): Promise<AttemptOutcome | undefined> {
    this.#waitCount++
    return new Promise((resolve) => {
      let isWaiting = true
      const finish = (outcome: AttemptOutcome | undefined) => {
        // After the deadline, `onExpire` belongs to the next wait.
        if (!isWaiting) return
        isWaiting = false
        this.#waitCount--
        deadline.onExpire(undefined)
        resolve(outcome)
      }
      deadline.onExpire(() => {
        finish(undefined)
        if (this.#waitCount > 0 || this.#isBackground) return
        this.isAbandoned = true
        this.#cancelWait?.()
      })
      void this.#outcome.then(finish)
    })
  }
}
