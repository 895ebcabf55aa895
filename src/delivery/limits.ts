import { DeliveryError } from '../errors.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { QueuedEvent } from './queued-event.ts'

type LimitSettings = Pick<ResolvedSettings, 'maxQueueSize' | 'maxQueueBytes'>

/** Counts what a queue holds, from acceptance until the outcome is reported, against `maxQueueSize` and `maxQueueBytes`. */
export class Limits {
  readonly #settings: LimitSettings
  #heldCount = 0
  #heldBytes = 0
  #fullError: DeliveryError | undefined

  constructor(settings: LimitSettings) {
    this.#settings = settings
  }

  /** Bytes that are too many, if so many more came in; 0 or less if there is room for them. */
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

  /** One error for all: a queue that overflows would spend most of its time on stack traces. */
  get fullError(): DeliveryError {
    const { maxQueueSize, maxQueueBytes } = this.#settings
    const message = `the queue is full: it holds ${maxQueueSize} events (maxQueueSize) or ${maxQueueBytes} bytes (maxQueueBytes)`
    this.#fullError ??= new DeliveryError('ERR_QUEUE_FULL', message)
    return this.#fullError
  }
}
