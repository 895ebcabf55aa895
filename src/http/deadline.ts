import { DeliveryError } from '../errors.ts'
import { monotonicMs } from '../lib/monotonic-ms.ts'
import { lastChanceMs, type Pause } from './back-off.ts'

export function createDeadlineError(message: string, cause: unknown): DeliveryError {
  return new DeliveryError('ERR_DEADLINE', message, { cause })
}

/** What ends a wait when the deadline expires. */
export type Expiry = Pick<Deadline, 'onExpire'>

/**
 * The moment by which a batch has its outcome. It starts without limit; each flush that covers the batch may bring it nearer,
 * none can put it off. Whoever waits on behalf of the batch is woken when it expires.
 */
export class Deadline {
  /** By the monotonic clock. */
  atMs = Number.POSITIVE_INFINITY
  isOver = false
  /** Why the latest attempt failed: the cause, should the deadline end the wait. */
  lastFailure: DeliveryError | undefined
  #endWait: (() => void) | undefined
  #replan: (() => void) | undefined

  /**
   * Sets what ends the wait that is under way, one at a time; undefined when it is over. A method, since V8 makes a function that is
   * assigned to a property an old object, which would keep all that it knows, a delivered batch, until the next full collection.
   */
  onExpire(end: (() => void) | undefined): void {
    this.#endWait = end
  }

  /** Brings the deadline nearer. */
  tighten(atMs: number): void {
    if (atMs >= this.atMs) return
    this.atMs = atMs
    this.#replan?.()
  }

  expire(): void {
    this.isOver = true
    this.#endWait?.()
  }

  /**
   * Waits. Resolves with false if the deadline makes the wait pointless, at once if that is certain: a pause that the server asked
   * for would outlast it. A pause of our own ends earlier instead, so that there is still a last attempt.
   */
  sleep({ delayMs, isAsked }: Pause): boolean | Promise<boolean> {
    if (delayMs <= 0 || this.isOver) return !this.isOver
    return new Promise((resolve) => {
      let wakesAtMs = monotonicMs() + delayMs
      let timer: ReturnType<typeof setTimeout> | undefined
      const wake = (isRested: boolean) => {
        clearTimeout(timer)
        this.onExpire(undefined)
        this.#onTighten(undefined)
        resolve(isRested)
      }
      const plan = () => {
        clearTimeout(timer)
        const nowMs = monotonicMs()
        if (wakesAtMs >= this.atMs) {
          if (isAsked) return wake(false)
          wakesAtMs = lastChanceMs(nowMs, this.atMs)
        }
        timer = setTimeout(() => wake(true), Math.max(0, wakesAtMs - nowMs))
      }
      this.onExpire(() => wake(false))
      this.#onTighten(plan)
      plan()
    })
  }

  #onTighten(replan: (() => void) | undefined): void {
    this.#replan = replan
  }
}
