import { DeliveryError } from '../errors.ts'
import type { ResolvedSettings } from '../settings.ts'
import type { Batcher } from './batcher.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Entry } from './entry.ts'
import type { Settlement } from './settlement.ts'

/** The parts of a queue that hold events. */
interface Holders {
  readonly settlement: Settlement
  readonly dispatcher: Dispatcher
  readonly batcher: Batcher
}

/** Keeps a queue within `maxQueueSize` and `maxQueueBytes`. */
export class Bounds {
  readonly #settings: ResolvedSettings
  readonly #holders: Holders
  #fullError: DeliveryError | undefined

  constructor(settings: ResolvedSettings, holders: Holders) {
    this.#settings = settings
    this.#holders = holders
  }

  /** Whether an accepted event may stay; where the setting says so, the oldest that are not on their way fail for it. */
  makeRoom(byteCount: number): boolean {
    if (!this.#isFull(byteCount)) return true
    if (this.#settings.failWhenFull === 'newest') return false
    const { dispatcher, batcher } = this.#holders
    // None fails for an event that would find no room all the same.
    const surplusBytes = this.#surplusBytes(byteCount)
    if (surplusBytes > 0 && surplusBytes > dispatcher.waitingBytes + batcher.eventBytes) return false
    while (this.#isFull(byteCount)) {
      const oldest = dispatcher.withdrawOldest() ?? batcher.withdrawOldest()
      if (!oldest) return false
      this.refuse(oldest)
    }
    return true
  }

  /** Told at once, from inside the call: what waits to be told would need the very memory that the bounds protect. */
  refuse(entry: Entry): void {
    this.#holders.settlement.settleNow(entry, this.#getFullError())
  }

  #isFull(byteCount: number): boolean {
    return (
      this.#holders.settlement.ledger.pendingCount > this.#settings.maxQueueSize || this.#surplusBytes(byteCount) > 0
    )
  }

  #surplusBytes(byteCount: number): number {
    return this.#holders.settlement.heldBytes + byteCount - this.#settings.maxQueueBytes
  }

  /** One error for all: a queue that overflows would spend most of its time on stack traces. */
  #getFullError(): DeliveryError {
    const { maxQueueSize, maxQueueBytes } = this.#settings
    const message = `the queue is full: it holds ${maxQueueSize} events (maxQueueSize) or ${maxQueueBytes} bytes (maxQueueBytes)`
    this.#fullError ??= new DeliveryError('ERR_QUEUE_FULL', message)
    return this.#fullError
  }
}
