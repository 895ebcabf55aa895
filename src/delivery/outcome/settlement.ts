import { DeliveryError } from '../../errors.ts'
import { reportUserError } from '../../lib/report.ts'
import type { EventPlugins } from '../../plugins/event-plugins.ts'
import type { AnalyticsSettings } from '../../settings/settings.ts'
import { createDeadlineError } from '../deadline.ts'
import type { QueuedEvent } from '../queued-event.ts'
import { type Notifiers, notify } from './notify.ts'
import { PendingTracker } from './pending-tracker.ts'

type OnUndelivered = NonNullable<AnalyticsSettings['onUndelivered']>

/** The part of a flush's time, and at most this long, that is kept for `onUndelivered`, which has to end inside it, too. */
const RESERVED_SHARE = 1 / 4
const MAX_RESERVED_MS = 2_000

export interface SettlementDeps extends Notifiers {
  /** Those of type `after` look at an event when its outcome is known, and before it is told. */
  readonly plugins: Pick<EventPlugins, 'conclude'>
}

/** Gives every accepted event of a queue its one outcome, and has it told. */
export class Settlement {
  readonly tracker: PendingTracker<QueuedEvent>
  readonly #plugins: SettlementDeps['plugins']
  readonly #onUndelivered: OnUndelivered | undefined
  /** Batches that `onUndelivered` has in hand, and why they failed. */
  readonly #offered = new Map<readonly QueuedEvent[], DeliveryError>()
  /** Events whose outcome is known and is told when plugins have ended. */
  readonly #concluding = new Map<QueuedEvent, DeliveryError | undefined>()
  /** Bytes of the events that are not settled; whoever writes one as JSON adds it. */
  heldBytes = 0

  constructor(deps: SettlementDeps, onUndelivered: OnUndelivered | undefined) {
    this.tracker = new PendingTracker((entry) => notify(deps, entry))
    this.#plugins = deps.plugins
    this.#onUndelivered = onUndelivered
  }

  /** The milliseconds of a flush after which sending ends, so that what failed can still be handed over. */
  reserveMs(timeoutMs: number): number {
    return this.#onUndelivered ? Math.min(timeoutMs * RESERVED_SHARE, MAX_RESERVED_MS) : 0
  }

  /** Settles a batch. Without a reason, it was delivered; with one, `onUndelivered` is asked first. */
  end(entries: readonly QueuedEvent[], reason: DeliveryError | undefined): void {
    if (reason && this.#onUndelivered) void this.#offer(entries, reason, this.#onUndelivered)
    else for (const entry of entries) this.settle(entry, reason)
  }

  /** Settles one event, once its other destinations and the `after` plugins have ended. */
  settle(entry: QueuedEvent, reason: DeliveryError | undefined): void {
    if (entry.isSettled || this.#concluding.has(entry)) return
    if (reason) entry.fail(reason)
    const { elsewhere } = entry
    const conclusion = elsewhere ? elsewhere.then(() => this.#plugins.conclude(entry)) : this.#plugins.conclude(entry)
    if (conclusion) {
      this.#concluding.set(entry, reason)
      const tell = () => {
        this.#concluding.delete(entry)
        this.settleNow(entry, reason)
      }
      conclusion.then(tell, tell)
    } else {
      this.settleNow(entry, reason)
    }
  }

  /** Settles one event without waiting for any plugin. */
  settleNow(entry: QueuedEvent, sendingFailure: DeliveryError | undefined): void {
    if (entry.isSettled) return
    const reason = sendingFailure ?? findMark(entry)
    entry.isSettled = true
    this.heldBytes -= entry.byteCount
    if (reason) entry.fail(reason)
    this.tracker.settle(entry, nameOutcome(reason))
  }

  /** Settles, now, what plugins and `onUndelivered` have not finished with. */
  expire(lastSequence: number): void {
    for (const [entry, reason] of this.#concluding) {
      if (entry.sequence > lastSequence) continue
      this.#concluding.delete(entry)
      this.settleNow(entry, reason)
    }
    for (const [entries, cause] of this.#offered) {
      if (!entries.some(({ sequence }) => sequence <= lastSequence)) continue
      this.#offered.delete(entries)
      const reason = createDeadlineError('onUndelivered had not ended at the deadline of the flush', cause)
      for (const entry of entries) this.settleNow(entry, reason)
    }
  }

  async #offer(entries: readonly QueuedEvent[], reason: DeliveryError, take: OnUndelivered): Promise<void> {
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

/** A plugin may have said, by `setFailedDelivery`, that the event failed; then it is told so everywhere. */
function findMark({ mark }: QueuedEvent): DeliveryError | undefined {
  return mark && new DeliveryError('ERR_PLUGIN', 'a plugin marked the event as failed', { cause: mark.reason })
}

function nameOutcome(reason: DeliveryError | undefined) {
  if (!reason) return 'delivered'
  return reason.code === 'ERR_HANDED_OVER' ? 'handedOver' : 'failed'
}
