import { DeliveryError } from '../errors.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { QueuedEvent } from './queued-event.ts'

type LimitSettings = Pick<ResolvedSettings, 'maxQueueSize' | 'maxQueueBytes'>

/**
 * Counts the events that a queue holds, from acceptance until their outcome is reported, against `maxQueueSize` and
 * `maxQueueBytes`.
 */
export class Limits {
  readonly #settings: LimitSettings
  #heldCount = 0
  #heldBytes = 0
  #fullError: DeliveryError | undefined

  constructor(settings: LimitSettings) {
    this.#settings = settings
  }

  /** How many bytes over the limit the queue would be with these added; 0 or less if they fit. */
  excessBytes(addedBytes: number): number {
    return this.#heldBytes + addedBytes - this.#settings.maxQueueBytes
  }

  hasRoom(addedBytes: number): boolean {
    return this.#heldCount < this.#settings.maxQueueSize && this.excessBytes(addedBytes) <= 0
  }

  hold(event: QueuedEvent): void {
    event.isHeld = true
    this.#heldCount++
    this.#heldBytes += event.byteCount
  }

  release(event: QueuedEvent): void {
    if (!event.isHeld) return
    event.isHeld = false
    this.#heldCount--
    this.#heldBytes -= event.byteCount
  }

  /** One shared error: an overflowing queue would spend most of its time on stack traces. */
  get fullError(): DeliveryError {
    const { maxQueueSize, maxQueueBytes } = this.#settings
    const message = `the queue is full: it holds ${maxQueueSize} events (maxQueueSize) or ${maxQueueBytes} bytes (maxQueueBytes)`
    this.#fullError ??= new DeliveryError('ERR_QUEUE_FULL', message)
    return this.#fullError
  }
}
