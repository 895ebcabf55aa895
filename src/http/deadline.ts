import { DeliveryError } from '../errors.ts'
import { monotonicMs } from '../lib/monotonic-ms.ts'
import { lastChanceMs, type Pause } from './back-off.ts'

export function createDeadlineError(message: string, cause: unknown): DeliveryError {
  return new DeliveryError('ERR_DEADLINE', message, { cause })
}

export type Expiry = Pick<Deadline, 'onExpire'>

/**
 * The time by which a batch has its outcome. It starts without a limit; each flush that covers the batch can bring it
 * forward, and none can postpone it. Expiry cancels any wait on behalf of the batch.
 */
export class Deadline {
  /** On the monotonic clock. */
  atMs = Number.POSITIVE_INFINITY
  isOver = false
  /** Why the latest attempt failed: the cause if the deadline cancels the wait. */
  lastFailure: DeliveryError | undefined
  #cancelWait: (() => void) | undefined
  #replan: (() => void) | undefined

  /**
   * Sets what cancels the current wait, one at a time; undefined once it is over. A method, because V8 allocates a
   * function assigned to a property as an old object, which would keep a delivered batch in memory until the next full
   * collection.
   */
  onExpire(cancel: (() => void) | undefined): void {
    this.#cancelWait = cancel
  }

  /** Brings the deadline forward. */
  tighten(atMs: number): void {
    if (atMs >= this.atMs) return
    this.atMs = atMs
    this.#replan?.()
  }

  expire(): void {
    this.isOver = true
    this.#cancelWait?.()
  }

  /**
   * Waits. Resolves with false if the deadline makes the wait pointless; immediately if a pause that the server asked
   * for would outlast it. A pause of our own is shortened instead, to leave time for a last attempt.
   */
  sleep({ delayMs, isFixed }: Pause): boolean | Promise<boolean> {
    if (delayMs <= 0 || this.isOver) return !this.isOver
    return new Promise((resolve) => {
      let wakesAtMs = monotonicMs() + delayMs
      let timer: ReturnType<typeof setTimeout> | undefined
      const wake = (hasSlept: boolean) => {
        clearTimeout(timer)
        this.onExpire(undefined)
        this.#onTighten(undefined)
        resolve(hasSlept)
      }
      const plan = () => {
        clearTimeout(timer)
        const nowMs = monotonicMs()
        if (wakesAtMs >= this.atMs) {
          if (isFixed) return wake(false)
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
