import { DeliveryError } from '../errors.ts'
import type { ResolvedSettings } from '../settings.ts'
import type { Entry } from './entry.ts'
import type { Outbox } from './outbox.ts'
import type { Settlement } from './settlement.ts'

/** Keeps a queue within `maxQueueSize` and `maxQueueBytes`. */
export class Bounds {
  readonly #settings: ResolvedSettings
  readonly #settlement: Settlement
  readonly #outbox: Outbox
  #fullError: DeliveryError | undefined

  constructor(settings: ResolvedSettings, settlement: Settlement, outbox: Outbox) {
    this.#settings = settings
    this.#settlement = settlement
    this.#outbox = outbox
  }

  /** Whether the event that was accepted last may stay; where the setting says so, the oldest that are not on their way fail for it. */
  makeRoom(): boolean {
    const surplusBytes = this.#settlement.heldBytes - this.#settings.maxQueueBytes
    if (surplusBytes <= 0 && this.#settlement.ledger.pendingCount <= this.#settings.maxQueueSize) return true
    // None fails for an event that would find no room all the same.
    if (this.#settings.failWhenFull === 'newest' || surplusBytes > this.#outbox.waitingBytes) return false
    const oldest = this.#outbox.withdrawOldest()
    if (!oldest) return false
    this.refuse(oldest)
    return this.makeRoom()
  }

  /** Told at once, from inside the call: what waits to be told would need the very memory that the bounds protect. */
  refuse(entry: Entry): void {
    const { maxQueueSize, maxQueueBytes } = this.#settings
    const message = `the queue is full: it holds ${maxQueueSize} events (maxQueueSize) or ${maxQueueBytes} bytes (maxQueueBytes)`
    // One error for all: a queue that overflows would spend most of its time on stack traces.
    this.#fullError ??= new DeliveryError('ERR_QUEUE_FULL', message)
    this.#settlement.settleNow(entry, this.#fullError)
  }
}
