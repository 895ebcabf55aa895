import { DeliveryError } from '../errors.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { Batcher } from './batcher.ts'
import type { Settlement } from './outcome/settlement.ts'
import type { QueuedEvent } from './queued-event.ts'

/** Keeps a queue within `maxQueueSize` and `maxQueueBytes`. */
export class Limits {
  readonly #settings: ResolvedSettings
  readonly #settlement: Settlement
  readonly #batcher: Batcher
  #fullError: DeliveryError | undefined

  constructor(settings: ResolvedSettings, settlement: Settlement, batcher: Batcher) {
    this.#settings = settings
    this.#settlement = settlement
    this.#batcher = batcher
  }

  /** Whether the event that was accepted last may stay; where the setting says so, the oldest that are not on their way fail for it. */
  makeRoom(): boolean {
    const surplusBytes = this.#settlement.heldBytes - this.#settings.maxQueueBytes
    if (surplusBytes <= 0 && this.#settlement.tracker.pendingCount <= this.#settings.maxQueueSize) return true
    // None fails for an event that would find no room all the same.
    if (this.#settings.failWhenFull === 'newest' || surplusBytes > this.#batcher.waitingBytes) return false
    const oldest = this.#batcher.withdrawOldest()
    if (!oldest) return false
    this.refuse(oldest)
    return this.makeRoom()
  }

  /** Told at once, from inside the call: what waits to be told would need the very memory that the bounds protect. */
  refuse(entry: QueuedEvent): void {
    const { maxQueueSize, maxQueueBytes } = this.#settings
    const message = `the queue is full: it holds ${maxQueueSize} events (maxQueueSize) or ${maxQueueBytes} bytes (maxQueueBytes)`
    // One error for all: a queue that overflows would spend most of its time on stack traces.
    this.#fullError ??= new DeliveryError('ERR_QUEUE_FULL', message)
    this.#settlement.settleNow(entry, this.#fullError)
  }
}
