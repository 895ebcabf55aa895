import { DeliveryError } from '../../errors.ts'
import { createDeadlineError } from '../../http/deadline.ts'
import { contain } from '../../lib/contain.ts'
import { tryTo } from '../../lib/try-to.ts'
import type { Pipeline } from '../../plugins/pipeline.ts'
import type { ResolvedSettings } from '../../settings/settings.ts'
import type { Batch } from '../batch.ts'
import type { Limits } from '../limits.ts'
import type { QueuedEvent } from '../queued-event.ts'
import type { SendOutcome } from '../sender.ts'
import type { Notifiers } from './notify.ts'
import type { PendingTracker } from './pending-tracker.ts'

/** `onUndelivered` gets this share of a flush's time, up to this maximum, and must finish within it. */
const RESERVED_SHARE = 1 / 4
const MAX_RESERVED_MS = 2_000

type SettlementSettings = Pick<ResolvedSettings, 'handOver' | 'onUndelivered' | 'pluginTimeoutMs'>

export interface SettlementDeps extends Notifiers {
  /** `after` plugins see an event once its outcome is known, before it is reported. */
  readonly plugins: Pick<Pipeline<never>, 'conclude'>
}

/** Events being handled by `handOver` or `onUndelivered`. */
interface Offer {
  readonly events: readonly QueuedEvent[]
  readonly finish: OnFinish
}

/** Called once; without a failure, the events were accepted. */
type OnFinish = (failure?: { cause?: unknown }) => void

/** Marks an offer that had not finished by the deadline of the flush. */
const EXPIRED = {}

/** Gives every accepted event of a queue its one outcome, and reports it. */
export class Settlement {
  readonly #deps: SettlementDeps
  readonly #settings: SettlementSettings
  readonly #tracker: PendingTracker<QueuedEvent>
  readonly #limits: Limits
  readonly #offers = new Set<Offer>()
  /** Settled events that are reported once plugins have finished. */
  readonly #concluding = new Set<QueuedEvent>()

  constructor(
    deps: SettlementDeps,
    settings: SettlementSettings,
    tracker: PendingTracker<QueuedEvent>,
    limits: Limits,
  ) {
    this.#deps = deps
    this.#settings = settings
    this.#tracker = tracker
    this.#limits = limits
  }

  /** Milliseconds kept free at the end of a flush to hand over what failed. */
  reserveMs(timeoutMs: number): number {
    const { handOver, onUndelivered } = this.#settings
    const isNeeded = onUndelivered || handOver?.when === 'undelivered'
    return isNeeded ? Math.min(timeoutMs * RESERVED_SHARE, MAX_RESERVED_MS) : 0
  }

  /** Settles a batch. Without a reason, it was delivered; otherwise, its events are first offered elsewhere. */
  settleBatch(events: readonly QueuedEvent[], reason: DeliveryError | undefined, isFinal?: boolean): void {
    const offer = () => this.#offer(events, reason)
    if (reason && !isFinal && this.#settings.handOver?.when === 'undelivered') this.#handOver(events, offer, reason)
    else offer()
  }

  /**
   * Hands a batch over to the queue instead of sending it. Settles the events that the queue accepts; the rest fail.
   */
  async sendToQueue(batch: Batch): Promise<SendOutcome> {
    // Must not report from inside the flush that sends it.
    await undefined
    if (batch.isOver) return { kind: 'delivered' }
    return new Promise((resolve) => {
      const finish = this.#handOver(batch.events, (failure) => {
        const reason = new DeliveryError('ERR_NOT_HANDED_OVER', 'the event was not accepted', failure)
        resolve({ kind: 'failed', reason })
      })
      batch.onExpire(() => finish(EXPIRED))
    })
  }

  /** Settles one event, and reports it once other destinations and `after` plugins have finished. */
  settle(event: QueuedEvent, reason?: DeliveryError): void {
    if (event.isSettled) return
    event.isSettled = true
    if (reason) event.fail(reason)
    const { elsewhere } = event
    const conclude = () => tryTo(() => (event.options.skipsPlugins ? undefined : this.#deps.plugins.conclude(event)))
    const conclusion = elsewhere ? elsewhere.then(conclude) : conclude()
    const report = () => this.report(event)
    if (conclusion) {
      this.#concluding.add(event)
      conclusion.then(report, report)
    } else {
      report()
    }
  }

  /** Settles one event and reports it without waiting for plugins. */
  settleNow(event: QueuedEvent, reason: DeliveryError): void {
    if (event.isSettled) return
    event.isSettled = true
    event.fail(reason)
    this.report(event)
  }

  report(event: QueuedEvent): void {
    if (event.isReported) return
    event.isReported = true
    this.#concluding.delete(event)
    this.#limits.remove(event)
    const mark = event.failure ? undefined : readMark(event)
    if (mark) event.fail(mark)
    const { status } = event
    this.#tracker.report(event, status === 'handed-over' ? 'handedOver' : status)
  }

  /** Reports, immediately, events that plugins and `onUndelivered` have not finished. */
  expire(lastIndex: number): void {
    for (const offer of this.#offers) {
      if (offer.events.some(({ generation }) => generation.index <= lastIndex)) offer.finish(EXPIRED)
    }
    // After the offers, because finishing those may add events here.
    for (const event of this.#concluding) if (event.generation.index <= lastIndex) this.report(event)
  }

  /**
   * Hands events over. Calls `onFinish` once all those that the queue accepted are settled. Returns a function that stops
   * it early.
   */
  #handOver(events: readonly QueuedEvent[], onFinish: OnFinish, reason?: DeliveryError): OnFinish {
    const controller = new AbortController()
    let openCount = events.length
    const put = (finish: () => void) =>
      this.#settings.handOver?.to.put(
        events.map((event) => ({
          json: event.json,
          accept: () => {
            if (event.isSettled) return
            event.status = 'handed-over'
            this.settle(event)
            // Nothing waits for what the queue does after accepting them.
            if (--openCount === 0) finish()
          },
        })),
        { reason, signal: controller.signal },
      )
    return this.#callUser('handOver', events, put, (failure) => {
      if (failure) controller.abort()
      onFinish(failure)
    })
  }

  /** Settles events. With a reason, they are first offered to `onUndelivered`. */
  #offer(all: readonly QueuedEvent[], reason: DeliveryError | undefined): void {
    const { onUndelivered } = this.#settings
    const events = all.filter(({ isSettled }) => !isSettled)
    const settle = (outcome = reason) => {
      for (const event of events) this.settle(event, outcome)
    }
    if (!reason || !onUndelivered || !events[0]) {
      settle()
      return
    }
    // Parsed from the JSON: this is what would have been sent, and can be sent later.
    const act = () =>
      onUndelivered(
        events.map(({ json }) => JSON.parse(json)),
        reason,
      )
    this.#callUser('onUndelivered', events, act, (failure) => {
      const message = 'the event was not delivered, and onUndelivered accepted it'
      if (!failure) settle(new DeliveryError('ERR_HANDED_OVER', message, { cause: reason }))
      else if (failure !== EXPIRED) settle()
      else settle(createDeadlineError('onUndelivered had not finished at the deadline of the flush', reason))
    })
  }

  /** Calls user code with events, for a limited time. */
  #callUser(
    name: string,
    events: readonly QueuedEvent[],
    act: (finish: OnFinish) => unknown,
    onFinish: OnFinish,
  ): OnFinish {
    const { reporter } = this.#deps
    const { pluginTimeoutMs } = this.#settings
    const finish: OnFinish = (failure) => {
      clearTimeout(timer)
      if (this.#offers.delete(offer)) onFinish(failure)
    }
    const offer: Offer = { events, finish }
    const timer = setTimeout(() => {
      const cause = `${name} had not finished after ${pluginTimeoutMs} ms (pluginTimeout)`
      reporter.warn(cause)
      finish({ cause })
    }, pluginTimeoutMs)
    this.#offers.add(offer)
    const running = contain(
      () => act(finish),
      (cause) => {
        reporter.userError(name, cause)
        finish({ cause })
      },
    )
    // If it threw, it has already finished.
    if (running) void running.then(() => finish())
    else finish()
    return finish
  }
}

/** A plugin can mark an event as failed with `setFailedDelivery`; it is then reported as failed everywhere. */
function readMark({ mark }: QueuedEvent): DeliveryError | undefined {
  if (!mark) return undefined
  const cause = tryTo(() => mark.reason)
  return new DeliveryError('ERR_PLUGIN', 'a plugin marked the event as failed', { cause })
}
