import type { Deadline } from '../http/deadline.ts'
import type { TokenDecision } from './decide-token.ts'

/** How an attempt to get a token ended; `ownMs` is the back-off shared by everything waiting for it. */
export type AttemptOutcome =
  | Exclude<TokenDecision, { kind: 'clock' | 'retry' }>
  | (Extract<TokenDecision, { kind: 'retry' }> & { ownMs: number })

/** One attempt to get a token, for all batches of a queue that need it. Given up once nothing waits for it. */
export class TokenAttempt {
  readonly #isBackground: boolean
  readonly #outcome: Promise<AttemptOutcome>
  #endWait: (() => void) | undefined
  #waiterCount = 0
  #isGivenUp = false

  constructor(isBackground: boolean, act: (attempt: TokenAttempt) => Promise<AttemptOutcome>) {
    this.#isBackground = isBackground
    this.#outcome = act(this)
  }

  /** Sets what ends the attempt's current request or read; called at once if the attempt was already given up. */
  onExpire(end: (() => void) | undefined): void {
    this.#endWait = end
    if (this.#isGivenUp) end?.()
  }

  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** Resolves when the attempt ends. */
  get ended(): Promise<unknown> {
    return this.#outcome
  }

  /** The outcome; undefined if the caller's deadline came first. */
  join(deadline: Deadline): Promise<AttemptOutcome | undefined> {
    this.#waiterCount++
    return new Promise((resolve) => {
      let isWaiting = true
      const end = (outcome: AttemptOutcome | undefined) => {
        // After the deadline, `onExpire` belongs to the next wait.
        if (!isWaiting) return
        isWaiting = false
        this.#waiterCount--
        deadline.onExpire(undefined)
        resolve(outcome)
      }
      deadline.onExpire(() => {
        end(undefined)
        if (this.#waiterCount === 0 && !this.#isBackground) this.#giveUp()
      })
      void this.#outcome.then(end)
    })
  }

  #giveUp(): void {
    this.#isGivenUp = true
    this.#endWait?.()
  }
}
