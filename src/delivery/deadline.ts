import { DeliveryError } from '../errors.ts'

export function createDeadlineError(message: string, cause: unknown): DeliveryError {
  return new DeliveryError('ERR_DEADLINE', message, { cause })
}

/**
 * The moment by which a batch is settled. It starts without limit; each flush that covers the batch may bring it nearer,
 * none can put it off. Whoever waits on behalf of the batch is woken when it expires.
 */
export class Deadline {
  atMs = Number.POSITIVE_INFINITY
  #endWait: (() => void) | undefined
  #isExpired = false
  #wakesAtMs = 0

  onExpire(end: (() => void) | undefined): void {
    this.#endWait = end
  }

  /** Brings the deadline nearer. A pause that would now outlast it ends at once: it could not help any more. */
  tighten(atMs: number): void {
    this.atMs = Math.min(this.atMs, atMs)
    if (this.#wakesAtMs > this.atMs) this.#endWait?.()
  }

  expire(): void {
    this.#isExpired = true
    this.#endWait?.()
  }

  /** Pauses; answers false where the deadline cuts the pause short, at once where that is certain. */
  rest(pauseMs: number): boolean | Promise<boolean> {
    if (pauseMs <= 0 || this.#isExpired) return !this.#isExpired
    const wakesAtMs = Date.now() + pauseMs
    if (wakesAtMs >= this.atMs) return false
    return new Promise((resolve) => {
      const wake = (isRested: boolean) => {
        clearTimeout(timer)
        this.onExpire(undefined)
        this.#wakesAtMs = 0
        resolve(isRested)
      }
      const timer = setTimeout(() => wake(true), pauseMs)
      this.#wakesAtMs = wakesAtMs
      this.onExpire(() => wake(false))
    })
  }
}
