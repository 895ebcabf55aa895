import type { AuthorizerFactory } from '../auth/authorizer.ts'
import { DeliveryError } from '../errors.ts'
import { stampEvent } from '../events/build.ts'
import type { Context } from '../events/context.ts'
import { findCapture } from '../lib/capture.ts'
import { contain } from '../lib/contain.ts'
import { findPendingEvents } from '../lib/exit-warning.ts'
import { Fifo } from '../lib/fifo.ts'
import { monotonicMs } from '../lib/monotonic-ms.ts'
import { findRealTimers } from '../lib/real-timers.ts'
import { isRequestBound } from '../lib/request-guard.ts'
import { withLimit } from '../lib/with-limit.ts'
import type { Pipeline } from '../plugins/pipeline.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { FlushResult, SegmentEvent } from '../types.ts'
import { Batcher } from './batcher.ts'
import { FlushTimer } from './flush-timer.ts'
import { Limits } from './limits.ts'
import { Delivery } from './outcome/delivery.ts'
import { callBack, type Notifiers, notify } from './outcome/notify.ts'
import { type Flush, PendingTracker } from './outcome/pending-tracker.ts'
import { Settlement } from './outcome/settlement.ts'
import { PluginStage } from './plugin-stage.ts'
import { type Callback, type EventOptions, QueuedEvent } from './queued-event.ts'
import type { Sender } from './sender.ts'
import { serializeEvent } from './serialize-event.ts'

/** What a client gives each of its queues. Values only: a promise, timer or request belongs to the queue that made it. */
export interface QueueDeps extends Notifiers {
  readonly settings: ResolvedSettings
  readonly sender: Sender
  /** Set with OAuth: each queue has its own authorizer, since a token that is being fetched is a promise. */
  readonly createAuthorizer?: AuthorizerFactory | undefined
  readonly plugins: Pipeline<never>
  /** Called if nothing tells the host of pending events, on a host that ends a request at its response. */
  readonly onUnboundUse: () => void
  /** Queues with pending events, kept if a process outlives its scopes. */
  readonly live: Set<DeliveryQueue> | undefined
  /** Queues with pending events, on any host. */
  pendingQueueCount: number
  /** Whether flush timers let the process end. */
  isUnref: boolean
  isClosed: boolean
  /** Whether only a wrapper knows the client, so that no call on it can join an invocation. */
  isPrivate: boolean
}

export interface QueueOptions {
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined
  /** The deadline of a flush that names none. */
  readonly timeoutMs: number
  /** Those of the client, with what the scope has of its own. */
  readonly settings: ResolvedSettings
  /** Whether nothing is sent, and no plugin called. */
  readonly isDisabled?: boolean
}

export const BUILT_HERE: EventOptions = Object.freeze({ isBuilt: false, skipsPlugins: false })
const DISABLED: EventOptions = Object.freeze({ isBuilt: false, skipsPlugins: true })

/** The events of one scope, from acceptance to outcome. */
export class DeliveryQueue {
  readonly #deps: QueueDeps
  readonly #options: QueueOptions
  readonly #tracker: PendingTracker<QueuedEvent>
  readonly #limits: Limits
  readonly #settlement: Settlement
  readonly #batcher: Batcher
  readonly #timer: FlushTimer
  /** Events of this tick: plugins that are registered before its end still see them. */
  readonly #arrivals = new Fifo<QueuedEvent>()
  #arrivingBytes = 0
  /** Events that found no room while another such event was being reported. */
  readonly #crowdedOut = new Set<QueuedEvent>()
  /** Made for the first event that has to go through plugins. */
  #stage: PluginStage | undefined
  #isReportingFull = false
  #isBound = false
  #isTickOpen = false
  #isEndingTick = false
  #isFlushQueued = false
  #isClosed = false

  constructor(deps: QueueDeps, options: QueueOptions) {
    const { sender } = deps
    const { settings } = options
    this.#deps = deps
    this.#options = options
    this.#tracker = new PendingTracker((event) => this.#limitCallback(notify(deps, event)))
    this.#limits = new Limits(settings)
    this.#settlement = new Settlement(deps, settings, this.#tracker, this.#limits)
    const authorizer = deps.createAuthorizer?.((work) => this.#keepAlive(work))
    this.#batcher = new Batcher(
      settings,
      sender.roomBytes,
      (batch) =>
        settings.handOver?.when === 'always' && !findCapture()?.findTransport(deps.emitter)
          ? this.#settlement.sendToQueue(batch)
          : sender.send(batch, authorizer),
      (events, reason, isTried) => this.#settlement.settleBatch(events, reason, isTried),
    )
    this.#timer = new FlushTimer({
      client: deps,
      isHostWaiting: options.waitUntil !== undefined,
      batcher: this.#batcher,
      tracker: this.#tracker,
      onTime: () => {
        // An invocation that the host ends at its own time needs a deadline; in a process the retry policy is the only bound.
        if (options.waitUntil) void this.flush()
        else this.#batcher.sendOpen()
      },
    })
  }

  get pendingCount(): number {
    return this.#tracker.pendingCount
  }

  /** Outcomes that have been reported so far. */
  get total(): Readonly<Required<FlushResult>> {
    return this.#tracker.total
  }

  /** Takes in a valid event. It leaves with the next batch, or at once when somebody awaits the Delivery. */
  add(event: SegmentEvent, callback: Callback | undefined, options = BUILT_HERE): Delivery {
    if (this.#isClosed || this.#deps.isClosed) return this.#addAfterClose(event, callback)
    const queued = this.#accept(event, callback, this.#options.isDisabled ? DISABLED : options)
    const problem = serializeEvent(queued, event)
    if (problem) return this.#failSoon(queued, event, problem)
    findCapture()?.accept(this, this.#deps.emitter, queued.json)
    this.#admit(queued)
    return new Delivery(queued, this)
  }

  /** Takes in an event that is not one that can be sent: it fails with the reason. */
  addFailed(event: SegmentEvent, callback: Callback | undefined, reason: DeliveryError): Delivery {
    if (this.#isClosed || this.#deps.isClosed) return this.#addAfterClose(event, callback)
    return this.#failSoon(this.#accept(event, callback, BUILT_HERE), event, reason)
  }

  /** Sends what is pending and waits for its outcome, at most until the deadline. Overlapping flushes share the requests. */
  flush(timeoutMs = this.#options.timeoutMs, isClosing = false): Promise<Required<FlushResult>> {
    if (isClosing) this.#isClosed = true
    const reservedMs = this.#settlement.reserveMs(timeoutMs)
    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const flush = this.#tracker.beginFlush(monotonicMs() + timeoutMs - reservedMs, (result) => {
        clearTimeout(timer)
        resolve(result)
      })
      // What it covers begins to leave now.
      this.#endTick()
      this.#timer.stop()
      this.#batcher.tighten()
      this.#batcher.sendOpen()
      if (!this.#tracker.isWaiting(flush)) return

      const end = () => {
        this.#settlement.expire(flush.lastIndex)
        this.#tracker.abandon(flush)
      }
      timer = setTimeout(() => {
        if (reservedMs > 0) timer = setTimeout(end, reservedMs)
        this.#expire(flush)
        if (reservedMs === 0) end()
      }, timeoutMs - reservedMs)
    })
  }

  /** Flushes once the current tick's calls have all been made. */
  flushSoon(): void {
    if (!this.#isFlushQueued) void this.#flushSoon()
  }

  /** While held, events wait for each other as `flushInterval` allows, even if `waitUntil` would have them sent at once. */
  hold(): void {
    this.#timer.hold()
  }

  /** Ends a hold and flushes what is pending; if the host waits for it, behind the response. */
  release(): Promise<unknown> | undefined {
    this.#timer.release()
    return this.#options.waitUntil || this.pendingCount === 0 ? undefined : this.flush()
  }

  /** Has the timer keep the process alive or not, as the client says now. */
  applyUnref(): void {
    this.#timer.applyUnref()
  }

  #accept(event: SegmentEvent, callback: Callback | undefined, options: EventOptions): QueuedEvent {
    const queued = new QueuedEvent(event.type, callback, this.#tracker.accept(), options)
    this.#bind()
    return queued
  }

  /** Makes room for an event and takes it in, or rejects it. If the setting says so, the oldest that are not in flight fail for it. */
  #admit(queued: QueuedEvent): void {
    const { failWhenFull } = this.#deps.settings
    const evicted: QueuedEvent[] = []
    // None fails for an event that would find no room all the same.
    const canMakeRoom = failWhenFull === 'oldest' && this.#limits.excessBytes(queued.byteCount) <= this.#waitingBytes
    while (canMakeRoom && !this.#limits.hasRoom(queued.byteCount)) {
      const oldest = this.#batcher.withdrawOldest() ?? this.#shiftArrival()
      if (!oldest) break
      this.#limits.release(oldest)
      evicted.push(oldest)
    }
    if (this.#limits.hasRoom(queued.byteCount)) {
      this.#limits.hold(queued)
      this.#arrivals.push(queued)
      this.#arrivingBytes += queued.byteCount
      if (!this.#isTickOpen) void this.#endTickSoon()
    } else {
      evicted.push(queued)
    }
    for (const event of evicted) this.#rejectAsFull(event)
  }

  /**
   * Reports an event that found no room from inside the call: what waits to be reported would need the very memory that the limits
   * protect. If a listener then tracks another event, that one is reported in a later turn: otherwise they would call each other forever.
   */
  #rejectAsFull(event: QueuedEvent): void {
    if (this.#isReportingFull) {
      const { setTimeout } = findRealTimers()
      if (this.#crowdedOut.size === 0) setTimeout(() => this.#reportCrowdedOut(Number.POSITIVE_INFINITY), 0)
      this.#crowdedOut.add(event)
      return
    }
    this.#isReportingFull = true
    this.#settlement.settleNow(event, this.#limits.fullError)
    this.#isReportingFull = false
  }

  #reportCrowdedOut(lastIndex: number): void {
    const events = [...this.#crowdedOut].filter(({ generation }) => generation.index <= lastIndex)
    for (const event of events) this.#crowdedOut.delete(event)
    for (const event of events) this.#rejectAsFull(event)
  }

  /** Ends, now, what the flush covers and is not settled; what failed may still be handed over. */
  #expire({ lastIndex }: Flush): void {
    this.#reportCrowdedOut(lastIndex)
    this.#stage?.expire(lastIndex)
    this.#batcher.expire(lastIndex)
  }

  #addAfterClose(event: SegmentEvent, callback: Callback | undefined): Delivery {
    const queued = new QueuedEvent(event.type, callback, this.#tracker.newest, BUILT_HERE)
    queued.showUnsent(event)
    queued.isSettled = true
    queued.isReported = true
    queued.fail(new DeliveryError('ERR_CLOSED', 'the call came after closeAndFlush()'))
    this.#deps.emitter.emit('call_after_close', event)
    if (callback) void Promise.resolve().then(() => callBack(this.#deps, queued))
    return new Delivery(queued, undefined)
  }

  /** Fails an event that is not sent; not before the call has returned, as callers expect of a callback. */
  #failSoon(queued: QueuedEvent, event: SegmentEvent, reason: DeliveryError): Delivery {
    queued.showUnsent(event)
    findCapture()?.accept(this, this.#deps.emitter)
    void Promise.resolve().then(() => this.#settlement.settleNow(queued, reason))
    return new Delivery(queued, this)
  }

  async #endTickSoon(): Promise<void> {
    this.#isTickOpen = true
    // Promises, as workerd's queueMicrotask costs tenfold.
    await undefined
    this.#isTickOpen = false
    this.#endTick()
    // A handler that awaits nothing has ended a microtask after its last call, and needs no timer.
    await undefined
    this.#timer.startIfNeeded()
  }

  async #flushSoon(): Promise<void> {
    this.#isFlushQueued = true
    await undefined
    this.#isFlushQueued = false
    void this.flush()
  }

  /** Passes the events of this tick on: to the plugins, or to the batcher. */
  #endTick(): void {
    this.#isEndingTick = true
    for (let event = this.#shiftArrival(); event; event = this.#shiftArrival()) {
      if (
        event.options.skipsPlugins ||
        (this.#deps.plugins.registry.isEmpty && !this.#stage?.isHolding && !event.options.check)
      ) {
        this.#goOn(event)
      } else {
        this.#getStage().enter(event)
      }
    }
    this.#isEndingTick = false
  }

  #getStage(): PluginStage {
    this.#stage ??= new PluginStage(
      this.#deps.plugins,
      (event, context) => this.#leavePlugins(event, context),
      // What a plugin has stopped is of no interest to the `after` plugins.
      (event, reason) => this.#settlement.settleNow(event, reason),
    )
    return this.#stage
  }

  /** Writes the event as JSON again, as plugins have left it: they still look at their own. */
  #leavePlugins(event: QueuedEvent, context: Context): void {
    const { messageId } = JSON.parse(event.json)
    this.#limits.release(event)
    let problem: DeliveryError | undefined
    try {
      event.update(context)
      const copy = event.options.isBuilt ? { ...context.event } : stampEvent(context.event)
      // Without its id, Segment could not tell a retry from another event.
      if (typeof copy.messageId !== 'string') copy.messageId = messageId
      problem = serializeEvent(event, copy, true)
    } catch (cause) {
      problem = new DeliveryError('ERR_PLUGIN', 'plugins left an event that cannot be read', { cause })
    }
    if (problem) {
      this.#settlement.settleNow(event, problem)
    } else if (this.#limits.hasRoom(event.byteCount)) {
      this.#limits.hold(event)
      event.elsewhere = this.#deps.plugins.deliverElsewhere(context, event.json)
      this.#goOn(event)
      if (!this.#isTickOpen) void this.#endTickSoon()
    } else {
      this.#rejectAsFull(event)
    }
  }

  #goOn(event: QueuedEvent): void {
    if (!event.isForSegment || this.#options.isDisabled || this.#deps.settings.isDisabled) {
      this.#settlement.settle(event, undefined)
      return
    }
    this.#batcher.add(event)
    // A flush that covers it may have begun while it was in a plugin.
    if (event.generation.flush && !this.#isEndingTick) this.flushSoon()
    else if (!this.#batcher.isCollecting) this.#timer.stop()
  }

  get #waitingBytes(): number {
    return this.#batcher.waitingBytes + this.#arrivingBytes
  }

  #shiftArrival(): QueuedEvent | undefined {
    const event = this.#arrivals.shift()
    this.#arrivingBytes -= event?.byteCount ?? 0
    return event
  }

  /** A callback that hangs must not keep the host waiting beyond the time of a flush. */
  #limitCallback(callback: Promise<unknown> | undefined): Promise<unknown> | undefined {
    if (!callback || !this.#options.waitUntil) return callback
    return withLimit(callback, this.#options.timeoutMs, () => undefined).catch(() => {})
  }

  /** Binds the host, once for as long as anything is pending. */
  #bind(): void {
    if (this.#isBound) return
    const deps = this.#deps
    this.#isBound = true
    deps.live?.add(this)
    // A host that ends requests has no process to speak of, and what is disabled loses nothing.
    const pending = isRequestBound || deps.settings.isDisabled ? undefined : findPendingEvents()
    pending?.queues.add(this)
    deps.pendingQueueCount++
    let resolveIdle: (() => void) | undefined
    this.#tracker.watchIdle(() => {
      this.#isBound = false
      // It may still run for an event that has failed in its batcher, to make room.
      this.#timer.stop()
      deps.live?.delete(this)
      pending?.queues.delete(this)
      if (--deps.pendingQueueCount === 0) deps.emitter.emit('drained')
      resolveIdle?.()
    })
    // At its response, the runtime ends a request with all work that it does not know of.
    if (!this.#options.waitUntil && isRequestBound && !this.#timer.isHeld) deps.onUnboundUse()
    if (this.#options.waitUntil) {
      const idle = new Promise<void>((resolve) => {
        resolveIdle = resolve
      })
      this.#keepAlive(idle)
    }
  }

  #keepAlive(work: Promise<unknown>): void {
    const where = 'waitUntil (events may be lost when the invocation ends)'
    contain(
      () => this.#options.waitUntil?.(work),
      (error) => this.#deps.reporter.userError(where, error),
    )
  }
}
