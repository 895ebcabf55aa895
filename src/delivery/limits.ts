import { DeliveryError } from '../errors.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { QueuedEvent } from './queued-event.ts'

type LimitSettings = Pick<ResolvedSettings, 'maxQueueSize' | 'maxQueueBytes'>

/**
 * Counts the events of a queue, from acceptance until their outcome is reported, against `maxQueueSize` and
 * `maxQueueBytes`.
 */
export class Limits {
  readonly #settings: LimitSettings
  #count = 0
  #bytes = 0
  #fullError: DeliveryError | undefined

  constructor(settings: LimitSettings) {
    this.#settings = settings
  }

  /** How many bytes over the limit the queue would be with these added; 0 or less if they fit. */
  excessBytes(addedBytes: number): number {
    return this.#bytes + addedBytes - this.#settings.maxQueueBytes
  }

  hasRoom(addedBytes: number): boolean {
    return this.#count < this.#settings.maxQueueSize && this.excessBytes(addedBytes) <= 0
  }

  add(event: QueuedEvent): void {
    event.isCounted = true
    this.#count++
    this.#bytes += event.byteCount
  }

  remove(event: QueuedEvent): void {
    if (!event.isCounted) return
    event.isCounted = false
    this.#count--
    this.#bytes -= event.byteCount
  }

  /** One shared error: an overflowing queue would spend most of its time on stack traces. */
  get fullError(): DeliveryError {
    const { maxQueueSize, maxQueueBytes } = this.#settings
    const message = `the queue is full: it has ${maxQueueSize} events (maxQueueSize) or ${maxQueueBytes} bytes (maxQueueBytes)`
    this.#fullError ??= new DeliveryError('ERR_QUEUE_FULL', message)
    return this.#fullError
  }
}
