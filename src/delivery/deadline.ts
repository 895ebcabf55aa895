import { DeliveryError } from '../errors.ts'
import type { Expiry } from '../waiter.ts'

export function createDeadlineError(message: string, cause: unknown): DeliveryError {
  return new DeliveryError('ERR_DEADLINE', message, { cause })
}

/**
 * The moment by which a batch is settled. It starts without limit; each flush that covers the batch may bring it nearer,
 * none can put it off. Whoever waits on behalf of the batch is woken when it expires.
 */
export class Deadline implements Expiry {
  #atMs = Number.POSITIVE_INFINITY
  #isExpired = false
  #wakesAtMs = 0
  /** What ends the wait that the batch is in: one at a time. */
  onExpire: (() => void) | undefined

  get atMs(): number {
    return this.#atMs
  }

  get isExpired(): boolean {
    return this.#isExpired
  }

  /** Brings the deadline nearer. A pause that would now outlast it ends at once: it could not help any more. */
  tighten(atMs: number): void {
    this.#atMs = Math.min(this.#atMs, atMs)
    if (this.#wakesAtMs > this.#atMs) this.onExpire?.()
  }

  expire(): void {
    this.#isExpired = true
    this.onExpire?.()
  }

  /** Pauses; answers false where the deadline cut the pause short. */
  sleep(delayMs: number): Promise<boolean> {
    if (this.#isExpired) return Promise.resolve(false)
    return new Promise((resolve) => {
      const wake = (isRested: boolean) => {
        clearTimeout(timer)
        this.onExpire = undefined
        this.#wakesAtMs = 0
        resolve(isRested)
      }
      const timer = setTimeout(() => wake(true), delayMs)
      this.#wakesAtMs = Date.now() + delayMs
      this.onExpire = () => wake(false)
    })
  }
}
