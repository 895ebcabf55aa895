import type { AuthorizerFactory } from '../auth/authorizer.ts'
import { DeliveryError } from '../errors.ts'
import { Context } from '../events/context.ts'
import { reportUserError } from '../lib/report.ts'
import type { EventPlugins } from '../plugins/event-plugins.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { FlushResult, SegmentEvent } from '../types.ts'
import { Batcher } from './batcher.ts'
import { FlushTimer } from './flush-timer.ts'
import { Limits } from './limits.ts'
import { Delivery } from './outcome/delivery.ts'
import { callBack, type Notifiers } from './outcome/notify.ts'
import type { Watcher } from './outcome/pending-tracker.ts'
import { Settlement } from './outcome/settlement.ts'
import { isForSegment, PluginStage } from './plugin-stage.ts'
import { type Callback, QueuedEvent } from './queued-event.ts'
import type { Sender } from './sender.ts'
import { serializeEvent } from './serialize-event.ts'

/** What a client gives each of its queues. Values only: a promise, timer or request belongs to the queue that made it. */
export interface QueueDeps extends Notifiers {
  readonly settings: ResolvedSettings
  readonly sender: Sender
  /** Set with OAuth: each queue has its own authorizer, since a token that is being fetched is a promise. */
  readonly createAuthorizer?: AuthorizerFactory | undefined
  readonly plugins: EventPlugins
  /** Told of a client used outside a scope on a host that ends a request at its response. */
  readonly onUnboundUse: () => void
  /** Queues with pending events, kept where a process outlives its scopes. */
  readonly live: Set<DeliveryQueue> | undefined
  /** Whether flush timers let the process end. */
  isUnref: boolean
  isClosed: boolean
}

export interface QueueOptions {
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined
  /** The deadline of a flush that names none. */
  readonly timeoutMs: number
}

/** The events of one scope, from acceptance to outcome. */
export class DeliveryQueue {
  readonly #deps: QueueDeps
  readonly #options: QueueOptions
  readonly #batcher: Batcher
  readonly #settlement: Settlement
  readonly #bounds: Limits
  readonly #timer: FlushTimer
  /** Made for the first event that has to go through plugins. */
  #passage: PluginStage | undefined
  #isBound = false
  #isFlushQueued = false
  #isClosed = false

  constructor(deps: QueueDeps, options: QueueOptions) {
    const { settings, sender } = deps
    this.#deps = deps
    this.#options = options
    this.#settlement = new Settlement(deps, settings.onUndelivered)
    const authorizer = deps.createAuthorizer?.((work) => this.#keepAlive(work))
    this.#batcher = new Batcher(
      settings,
      sender.roomBytes,
      (batch) => sender.send(batch, authorizer),
      (entries, reason) => this.#settlement.end(entries, reason),
    )
    this.#bounds = new Limits(settings, this.#settlement, this.#batcher)
    this.#timer = new FlushTimer({
      client: deps,
      isHostWaiting: options.waitUntil !== undefined,
      batcher: this.#batcher,
      tracker: this.#settlement.tracker,
      onTime: () => {
        // An invocation that the host ends at its own time needs a deadline; in a process the retry policy is the only bound.
        if (options.waitUntil) void this.flush()
        else this.#sendCollected()
      },
    })
  }

  get pendingCount(): number {
    return this.#settlement.tracker.pendingCount
  }

  /** Takes in a valid event. It leaves with the next batch, or at once when somebody awaits the Delivery. */
  add(event: SegmentEvent, callback: Callback | undefined): Delivery {
    if (this.#isClosed || this.#deps.isClosed) return this.#refuse(event, callback)

    const entry = new QueuedEvent(event.type, callback, this.#settlement.tracker.accept())
    this.#bind()
    if (this.#goesPastPlugins(event)) {
      this.#serialize(entry, event)
    } else {
      entry.context = new Context(event)
      if (this.#bounds.makeRoom()) this.#getPassage().enter(entry)
      else this.#bounds.refuse(entry)
    }
    return new Delivery(entry, this)
  }

  /** Sends what is pending and waits for its outcome, at most until the deadline. Overlapping flushes share the requests. */
  flush(timeoutMs = this.#options.timeoutMs, isClosing = false): Promise<FlushResult> {
    if (isClosing) this.#isClosed = true
    const { tracker } = this.#settlement
    const reservedMs = this.#settlement.reserveMs(timeoutMs)
    const deadlineMs = Date.now() + timeoutMs - reservedMs
    this.#sendCollected()
    this.#batcher.tighten(deadlineMs)

    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const onDone = ({ delivered, failed, handedOver }: Watcher) => {
        clearTimeout(timer)
        resolve(this.#deps.settings.onUndelivered ? { delivered, failed, handedOver } : { delivered, failed })
      }
      const watcher = tracker.watchPending(onDone, deadlineMs, isClosing)
      if (watcher.openCount === 0) return

      const { lastSequence } = watcher
      const end = () => {
        this.#settlement.expire(lastSequence)
        tracker.end(watcher)
        tracker.abandonCallbacks()
      }
      timer = setTimeout(() => {
        if (reservedMs > 0) timer = setTimeout(end, reservedMs)
        this.#passage?.expire(lastSequence, (entry, reason) => this.#settlement.settleNow(entry, reason))
        this.#batcher.expire(lastSequence)
        if (reservedMs === 0) end()
      }, timeoutMs - reservedMs)
    })
  }

  /** Flushes once the current tick's calls have all been made. */
  flushSoon(): void {
    if (this.#isFlushQueued) return
    this.#isFlushQueued = true
    queueMicrotask(() => {
      this.#isFlushQueued = false
      void this.flush()
    })
  }

  /** While held, events wait for each other as `flushInterval` allows, even where `waitUntil` would have them sent at once. */
  hold(): void {
    this.#timer.hold()
  }

  /** Ends a hold and flushes what is pending; where the host waits for it, behind the response. */
  release(): Promise<unknown> | undefined {
    this.#timer.release()
    return this.#options.waitUntil || this.pendingCount === 0 ? undefined : this.flush()
  }

  #refuse(event: SegmentEvent, callback: Callback | undefined): Delivery {
    const entry = new QueuedEvent(event.type, callback, 0)
    const reason = new DeliveryError('ERR_CLOSED', 'the call came after closeAndFlush()')
    entry.context = new Context(event)
    entry.isSettled = true
    entry.fail(reason)
    this.#deps.emitter.emit('call_after_close', event)
    if (callback) queueMicrotask(() => callBack(callback, entry.context, reason))
    return new Delivery(entry, undefined)
  }

  /** Whether there are no plugins, none waits that the event would overtake, and Segment is to get it. */
  #goesPastPlugins(event: SegmentEvent): boolean {
    return this.#deps.plugins.isEmpty && !this.#passage?.isHolding && isForSegment(event)
  }

  #getPassage(): PluginStage {
    this.#passage ??= new PluginStage(
      this.#deps.plugins,
      // A copy, as plugins still look at theirs.
      (entry) => this.#serialize(entry, { ...entry.context.event }),
      (entry, reason) => this.#endSoon(entry, reason),
    )
    return this.#passage
  }

  #serialize(entry: QueuedEvent, event: SegmentEvent): void {
    const reason = serializeEvent(entry, event)
    if (reason) {
      entry.context = new Context(event)
      this.#endSoon(entry, reason)
      return
    }
    this.#settlement.heldBytes += entry.byteCount
    if (this.#bounds.makeRoom()) this.#enqueue(entry)
    else this.#bounds.refuse(entry)
  }

  /** Ends the way of an event that is not sent; not before the call has returned, as callers expect of a callback. */
  #endSoon(entry: QueuedEvent, reason: DeliveryError | undefined): void {
    queueMicrotask(() => {
      // What a plugin has stopped is of no interest to the `after` plugins.
      if (reason) this.#settlement.settleNow(entry, reason)
      else this.#settlement.settle(entry, undefined)
    })
  }

  /** Tells the host, once for as long as anything is pending. */
  #bind(): void {
    if (this.#isBound) return
    this.#isBound = true
    this.#deps.live?.add(this)
    const idle = new Promise<void>((resolve) => {
      this.#settlement.tracker.watchIdle(() => {
        this.#isBound = false
        // It may still run for an event that has failed in its batcher, to make room.
        this.#timer.stop()
        this.#deps.live?.delete(this)
        this.#deps.emitter.emit('drained')
        resolve()
      })
    })
    this.#keepAlive(idle)
  }

  #keepAlive(work: Promise<unknown>): void {
    try {
      this.#options.waitUntil?.(work)
    } catch (error) {
      reportUserError('waitUntil (events may be lost when the invocation ends)', error)
    }
  }

  #enqueue(entry: QueuedEvent): void {
    // A flush that covers it may have begun: while it was in a plugin, or from a listener of one that failed to make room for it.
    const deadlineMs = this.#settlement.tracker.deadlineMsOf(entry.sequence)
    this.#batcher.add(entry, deadlineMs)
    if (!this.#batcher.isCollecting) this.#timer.stop()
    if (deadlineMs < Number.POSITIVE_INFINITY) this.flushSoon()
    else this.#timer.startSoon()
  }

  /** Has the timer keep the process alive or not, as the client says now. */
  applyUnref(): void {
    this.#timer.applyUnref()
  }

  #sendCollected(): void {
    this.#timer.stop()
    this.#batcher.sendCollected()
  }
}
