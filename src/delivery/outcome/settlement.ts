import { DeliveryError } from '../../errors.ts'
import { createDeadlineError } from '../../http/deadline.ts'
import { contain } from '../../lib/contain.ts'
import { tryTo } from '../../lib/try-to.ts'
import type { Pipeline } from '../../plugins/pipeline.ts'
import type { ResolvedSettings } from '../../settings/settings.ts'
import type { Limits } from '../limits.ts'
import type { QueuedEvent } from '../queued-event.ts'
import type { Notifiers } from './notify.ts'
import type { OutcomeName, PendingTracker } from './pending-tracker.ts'

/** The part of a flush's time, and at most this long, that is kept for `onUndelivered`, which has to end inside it, too. */
const RESERVED_SHARE = 1 / 4
const MAX_RESERVED_MS = 2_000

export interface SettlementDeps extends Notifiers {
  readonly settings: Pick<ResolvedSettings, 'onUndelivered' | 'pluginTimeoutMs'>
  /** Those of type `after` look at an event when its outcome is known, and before it is reported. */
  readonly plugins: Pick<Pipeline<never>, 'conclude'>
}

/** Events that `onUndelivered` has in hand. */
interface Offer {
  readonly events: readonly QueuedEvent[]
  readonly reason: DeliveryError
  end(outcome: DeliveryError): void
}

/** Gives every accepted event of a queue its one outcome, and has it reported. */
export class Settlement {
  readonly #deps: SettlementDeps
  readonly #tracker: PendingTracker<QueuedEvent>
  readonly #limits: Limits
  readonly #offers = new Set<Offer>()
  /** Events whose outcome is known and is reported when plugins have ended. */
  readonly #concluding = new Set<QueuedEvent>()

  constructor(deps: SettlementDeps, tracker: PendingTracker<QueuedEvent>, limits: Limits) {
    this.#deps = deps
    this.#tracker = tracker
    this.#limits = limits
  }

  /** The milliseconds of a flush after which sending ends, so that what failed can still be handed over. */
  reserveMs(timeoutMs: number): number {
    return this.#deps.settings.onUndelivered ? Math.min(timeoutMs * RESERVED_SHARE, MAX_RESERVED_MS) : 0
  }

  /** Settles a batch. Without a reason, it was delivered; with one, `onUndelivered` is asked first. */
  settleBatch(events: readonly QueuedEvent[], reason: DeliveryError | undefined): void {
    if (reason && this.#deps.settings.onUndelivered) this.#offer(events, reason)
    else for (const event of events) this.settle(event, reason)
  }

  /** Settles one event, and reports it once its other destinations and the `after` plugins have ended. */
  settle(event: QueuedEvent, reason: DeliveryError | undefined): void {
    if (event.isSettled) return
    event.isSettled = true
    if (reason) event.fail(reason)
    const { elsewhere } = event
    const conclude = () => tryTo(() => this.#deps.plugins.conclude(event))
    const conclusion = elsewhere ? elsewhere.then(conclude) : conclude()
    const report = () => this.report(event)
    if (conclusion) {
      this.#concluding.add(event)
      conclusion.then(report, report)
    } else {
      report()
    }
  }

  /** Settles one event and reports it without waiting for any plugin. */
  settleNow(event: QueuedEvent, reason: DeliveryError): void {
    if (event.isSettled) return
    event.isSettled = true
    event.fail(reason)
    this.report(event)
  }

  /** Reports a settled event. */
  report(event: QueuedEvent): void {
    if (event.isReported) return
    event.isReported = true
    this.#concluding.delete(event)
    this.#limits.release(event)
    const mark = event.failure ? undefined : readMark(event)
    if (mark) event.fail(mark)
    this.#tracker.report(event, nameOutcome(event.failure))
  }

  /** Reports, now, what plugins and `onUndelivered` have not finished with. */
  expire(lastIndex: number): void {
    for (const offer of this.#offers) {
      if (offer.events.some(({ generation }) => generation.index <= lastIndex)) {
        offer.end(createDeadlineError('onUndelivered had not ended at the deadline of the flush', offer.reason))
      }
    }
    // Then these, since what was offered may be among them now.
    for (const event of this.#concluding) if (event.generation.index <= lastIndex) this.report(event)
  }

  #offer(events: readonly QueuedEvent[], reason: DeliveryError): void {
    const { settings, reporter } = this.#deps
    const { pluginTimeoutMs, onUndelivered: take } = settings
    let isOver = false
    const offer: Offer = {
      events,
      reason,
      end: (outcome) => {
        if (isOver) return
        isOver = true
        clearTimeout(timer)
        this.#offers.delete(offer)
        for (const event of events) this.settle(event, outcome)
      },
    }
    const timer = setTimeout(() => {
      const message = `onUndelivered had not ended after ${pluginTimeoutMs} ms (pluginTimeout)`
      reporter.warn(message)
      offer.end(reason)
    }, pluginTimeoutMs)
    this.#offers.add(offer)
    const accept = () => {
      const message = 'the event was not delivered, and onUndelivered took it over'
      offer.end(new DeliveryError('ERR_HANDED_OVER', message, { cause: reason }))
    }
    let hasFailed = false
    const fail = (error: unknown) => {
      hasFailed = true
      reporter.userError('onUndelivered', error)
      offer.end(reason)
    }
    // From the JSON: what is taken over is what would have been sent, and can be sent later.
    const taken = contain(
      () =>
        take?.(
          events.map(({ json }) => JSON.parse(json)),
          reason,
        ),
      fail,
    )
    if (taken) void taken.then(() => hasFailed || accept())
    else if (!hasFailed) accept()
  }
}

/** A plugin may have said, by `setFailedDelivery`, that the event failed; then it is reported so everywhere. */
function readMark({ mark }: QueuedEvent): DeliveryError | undefined {
  if (!mark) return undefined
  const cause = tryTo(() => mark.reason)
  return new DeliveryError('ERR_PLUGIN', 'a plugin marked the event as failed', { cause })
}

function nameOutcome(reason: DeliveryError | undefined): OutcomeName {
  if (!reason) return 'delivered'
  return reason.code === 'ERR_HANDED_OVER' ? 'handedOver' : 'failed'
}
