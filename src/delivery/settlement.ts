import { DeliveryError } from '../errors.ts'
import { reportUserError } from '../lib/report.ts'
import type { SegmentEvent } from '../types.ts'
import type { Entry } from './batch.ts'
import { createDeadlineError } from './deadline.ts'
import { Ledger } from './ledger.ts'
import { type Tellers, tellOutcome } from './tell.ts'

type OnUndelivered = (events: SegmentEvent[], reason: DeliveryError) => unknown

/** The part of a flush's time, and at most this long, that is kept for `onUndelivered`, which has to end inside it, too. */
const RESERVED_SHARE = 1 / 4
const MAX_RESERVED_MS = 2_000

/** Gives every accepted event of a queue its one outcome, and has it told. */
export class Settlement {
  readonly ledger = new Ledger()
  readonly #tellers: Tellers
  readonly #onUndelivered: OnUndelivered | undefined
  readonly #offered = new Map<readonly Entry[], DeliveryError>()
  #heldBytes = 0

  constructor(tellers: Tellers, onUndelivered: OnUndelivered | undefined) {
    this.#tellers = tellers
    this.#onUndelivered = onUndelivered
  }

  /** Bytes of the events that are not settled. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** The milliseconds of a flush after which sending ends, so that what failed can still be handed over. */
  reserveMs(timeoutMs: number): number {
    return this.#onUndelivered ? Math.min(timeoutMs * RESERVED_SHARE, MAX_RESERVED_MS) : 0
  }

  accept(entry: Entry): void {
    this.#heldBytes += entry.byteCount
  }

  /** Settles a batch. Without a reason, it was delivered; with one, `onUndelivered` is asked first. */
  end(entries: readonly Entry[], reason: DeliveryError | undefined): void {
    if (reason && this.#onUndelivered) void this.#offer(entries, reason, this.#onUndelivered)
    else for (const entry of entries) this.settle(entry, reason)
  }

  settle(entry: Entry, reason: DeliveryError | undefined): void {
    if (entry.isSettled) return
    entry.isSettled = true
    entry.json = ''
    this.#heldBytes -= entry.byteCount
    if (reason) entry.context.setFailedDelivery({ reason })
    this.ledger.settle(entry.sequence, nameOutcome(reason), () => tellOutcome(this.#tellers, entry, reason))
  }

  /** Fails what `onUndelivered` has not finished taking. */
  expire(lastSequence: number): void {
    for (const [entries, cause] of this.#offered) {
      if (!entries.some(({ sequence }) => sequence <= lastSequence)) continue
      this.#offered.delete(entries)
      const reason = createDeadlineError('onUndelivered had not ended at the deadline of the flush', cause)
      for (const entry of entries) this.settle(entry, reason)
    }
  }

  async #offer(entries: readonly Entry[], reason: DeliveryError, take: OnUndelivered): Promise<void> {
    this.#offered.set(entries, reason)
    let outcome = reason
    try {
      // From the JSON: what is taken over is what would have been sent, and can be sent later.
      await take(
        entries.map(({ json }) => JSON.parse(json)),
        reason,
      )
      const message = 'the event was not delivered, and onUndelivered took it over'
      outcome = new DeliveryError('ERR_HANDED_OVER', message, { cause: reason })
    } catch (error) {
      reportUserError('onUndelivered', error)
    }
    this.#offered.delete(entries)
    for (const entry of entries) this.settle(entry, outcome)
  }
}

function nameOutcome(reason: DeliveryError | undefined) {
  if (!reason) return 'delivered'
  return reason.code === 'ERR_HANDED_OVER' ? 'handedOver' : 'failed'
}
