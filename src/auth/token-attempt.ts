import type { Deadline } from '../http/deadline.ts'
import type { TokenDecision } from './decide-token.ts'

/** How an attempt to get a token ended; `ownMs` is the back-off, the same for all who wait for it. */
export type AttemptOutcome =
  | Exclude<TokenDecision, { kind: 'clock' | 'retry' }>
  | (Extract<TokenDecision, { kind: 'retry' }> & { ownMs: number })

/** One attempt to get a token, for all batches of a queue that need it. It is given up when nobody waits for it any more. */
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

  /** What ends the request or read that the attempt is in; at once, where that began after it was given up. */
  onExpire(end: (() => void) | undefined): void {
    this.#endWait = end
    if (this.#isGivenUp) end?.()
  }

  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** Ends when the attempt does. */
  get ended(): Promise<unknown> {
    return this.#outcome
  }

  /** The outcome; undefined if the caller's deadline came first. */
  join(deadline: Deadline): Promise<AttemptOutcome | undefined> {
    this.#waiterCount++
    return new Promise((resolve) => {
      let isWaiting = true
      const end = (outcome: AttemptOutcome | undefined) => {
        // After the deadline, `onExpire` belongs to whatever comes next.
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
