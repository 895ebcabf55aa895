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

/**
 * What a client gives each of its queues. Values only: promises, timers and requests belong to the queue that made
 * them.
 */
export interface QueueDeps extends Notifiers {
  readonly settings: ResolvedSettings
  readonly sender: Sender
  /** Set for OAuth. Each queue has its own authorizer, because a token request is a promise. */
  readonly createAuthorizer?: AuthorizerFactory | undefined
  readonly plugins: Pipeline<never>
  /** Called if nothing tells the host about pending events, on a host that cancels the work of a request at its response. */
  readonly onUnboundUse: () => void
  /** Queues with pending events; kept if the process outlives its scopes. */
  readonly live: Set<DeliveryQueue> | undefined
  /** Queues with pending events, on any host. */
  pendingQueueCount: number
  /** Whether flush timers let the process exit. */
  isUnref: boolean
  isClosed: boolean
  /** Whether only a wrapper knows the client, so that no call on it can join an invocation. */
  isPrivate: boolean
}

export interface QueueOptions {
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined
  /** Deadline for flushes without one of their own. */
  readonly timeoutMs: number
  /** The client's settings, with those of the scope on top. */
  readonly settings: ResolvedSettings
  /** If true, nothing is sent and no plugin is called. */
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
  /** Events of this tick; plugins registered before it ends still see them. */
  readonly #arrivals = new Fifo<QueuedEvent>()
  #arrivingBytes = 0
  /** Events rejected for lack of room while another such event was being reported. */
  readonly #overflow = new Set<QueuedEvent>()
  /** Created for the first event that goes through plugins. */
  #stage: PluginStage | undefined
  #isReportingFull = false
  #isBound = false
  #isTickOpen = false
  #isClosingTick = false
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
        settings.handOver?.when === 'always' && !findCapture()?.findTransport(deps.emitter, batch.events)
          ? this.#settlement.sendToQueue(batch)
          : sender.send(batch, authorizer),
      (...outcome) => this.#settlement.settleBatch(...outcome),
    )
    this.#timer = new FlushTimer({
      client: deps,
      isHostWaiting: options.waitUntil !== undefined,
      batcher: this.#batcher,
      tracker: this.#tracker,
      onTime: () => {
        // An invocation that the host can stop at any time needs a deadline; in a process, the retry policy is the only
        // limit.
        if (options.waitUntil) void this.flush()
        else this.#batcher.sendOpen()
      },
    })
  }

  get pendingCount(): number {
    return this.#tracker.pendingCount
  }

  /** Outcomes reported so far. */
  get total(): Readonly<Required<FlushResult>> {
    return this.#tracker.total
  }

  /** Accepts a valid event. It leaves with the next batch, or at once if the Delivery is awaited. */
  add(event: SegmentEvent, callback: Callback | undefined, options = BUILT_HERE): Delivery {
    if (this.#isClosed || this.#deps.isClosed) return this.#addAfterClose(event, callback)
    const queued = this.#accept(event, callback, this.#options.isDisabled ? DISABLED : options)
    const problem = serializeEvent(queued, event)
    if (problem) return this.#failSoon(queued, event, problem)
    findCapture()?.accept(this, this.#deps.emitter, queued)
    this.#admit(queued)
    return new Delivery(queued, this)
  }

  /** Accepts an event that cannot be sent, and fails it with this reason. */
  addFailed(event: SegmentEvent, callback: Callback | undefined, reason: DeliveryError): Delivery {
    if (this.#isClosed || this.#deps.isClosed) return this.#addAfterClose(event, callback)
    return this.#failSoon(this.#accept(event, callback, BUILT_HERE), event, reason)
  }

  /** Sends what is pending and waits for the outcomes, up to the deadline. Overlapping flushes share requests. */
  flush(timeoutMs = this.#options.timeoutMs, isClosing = false): Promise<Required<FlushResult>> {
    if (isClosing) this.#isClosed = true
    const reservedMs = this.#settlement.reserveMs(timeoutMs)
    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const flush = this.#tracker.beginFlush(monotonicMs() + timeoutMs - reservedMs, (result) => {
        clearTimeout(timer)
        resolve(result)
      })
      // Start sending what the flush covers.
      this.#closeTick()
      this.#timer.stop()
      this.#batcher.tighten()
      this.#batcher.sendOpen()
      if (!this.#tracker.isWaiting(flush)) return

      const abandon = () => {
        this.#settlement.expire(flush.lastIndex)
        this.#tracker.abandon(flush)
      }
      timer = setTimeout(() => {
        if (reservedMs > 0) timer = setTimeout(abandon, reservedMs)
        this.#expire(flush)
        if (reservedMs === 0) abandon()
      }, timeoutMs - reservedMs)
    })
  }

  /** Flushes after the other calls of the current tick. */
  flushSoon(): void {
    if (!this.#isFlushQueued) void this.#flushSoon()
  }

  /** While held, events wait for more as `flushInterval` allows, even if `waitUntil` would have them sent at once. */
  hold(): void {
    this.#timer.hold()
  }

  /** Releases a hold and flushes what is pending; if the host waits, after the response. */
  release(): Promise<unknown> | undefined {
    this.#timer.release()
    return this.#options.waitUntil || this.pendingCount === 0 ? undefined : this.flush()
  }

  /** Lets the timer keep the process alive or not, as the client is set now. */
  applyUnref(): void {
    this.#timer.applyUnref()
  }

  #accept(event: SegmentEvent, callback: Callback | undefined, options: EventOptions): QueuedEvent {
    const queued = new QueuedEvent(event.type, callback, this.#tracker.accept(), options)
    this.#bind()
    return queued
  }

  /**
   * Makes room for an event and adds it, or rejects it. With `failWhenFull: 'oldest'`, the oldest events not in flight
   * fail to make room.
   */
  #admit(queued: QueuedEvent): void {
    const { failWhenFull } = this.#deps.settings
    const evicted: QueuedEvent[] = []
    // No event fails for one that would not fit anyway.
    const canMakeRoom = failWhenFull === 'oldest' && this.#limits.excessBytes(queued.byteCount) <= this.#waitingBytes
    while (canMakeRoom && !this.#limits.hasRoom(queued.byteCount)) {
      const oldest = this.#batcher.withdrawOldest() ?? this.#shiftArrival()
      if (!oldest) break
      this.#limits.remove(oldest)
      evicted.push(oldest)
    }
    if (this.#limits.hasRoom(queued.byteCount)) {
      this.#limits.add(queued)
      this.#arrivals.push(queued)
      this.#arrivingBytes += queued.byteCount
      if (!this.#isTickOpen) void this.#closeTickSoon()
    } else {
      evicted.push(queued)
    }
    for (const event of evicted) this.#rejectAsFull(event)
  }

  /**
   * Fails an event inside the call: waiting to report it would take the very memory that the limits protect. If a
   * listener tracks another event meanwhile, that one is reported in a later turn, or the two would call each other
   * forever.
   */
  #rejectAsFull(event: QueuedEvent): void {
    if (this.#isReportingFull) {
      const { setTimeout } = findRealTimers()
      if (this.#overflow.size === 0) setTimeout(() => this.#reportOverflow(Number.POSITIVE_INFINITY), 0)
      this.#overflow.add(event)
      return
    }
    this.#isReportingFull = true
    this.#settlement.settleNow(event, this.#limits.fullError)
    this.#isReportingFull = false
  }

  #reportOverflow(lastIndex: number): void {
    const events = [...this.#overflow].filter(({ generation }) => generation.index <= lastIndex)
    for (const event of events) this.#overflow.delete(event)
    for (const event of events) this.#rejectAsFull(event)
  }

  /** Immediately fails unsettled events of the flush; they can still be handed over. */
  #expire({ lastIndex }: Flush): void {
    this.#reportOverflow(lastIndex)
    this.#stage?.expire(lastIndex)
    this.#batcher.expire(lastIndex)
  }

  #addAfterClose(event: SegmentEvent, callback: Callback | undefined): Delivery {
    const queued = new QueuedEvent(event.type, callback, this.#tracker.newest, BUILT_HERE)
    queued.showUnsent(event)
    queued.isSettled = true
    queued.isReported = true
    queued.fail(new DeliveryError('ERR_CLOSED', 'the call came after closeAndFlush()'))
    findCapture()?.accept(this, this.#deps.emitter, queued)
    this.#deps.emitter.emit('call_after_close', event)
    if (callback) void Promise.resolve().then(() => callBack(this.#deps, queued))
    return new Delivery(queued, undefined)
  }

  /** Fails an event that is not sent, after the call has returned, as callers expect of a callback. */
  #failSoon(queued: QueuedEvent, event: SegmentEvent, reason: DeliveryError): Delivery {
    queued.showUnsent(event)
    findCapture()?.accept(this, this.#deps.emitter, queued)
    void Promise.resolve().then(() => this.#settlement.settleNow(queued, reason))
    return new Delivery(queued, this)
  }

  async #closeTickSoon(): Promise<void> {
    this.#isTickOpen = true
    // A promise, because queueMicrotask is ten times as expensive on workerd.
    await undefined
    this.#isTickOpen = false
    this.#closeTick()
    // A handler that awaits nothing ends within a microtask of its last call and needs no timer.
    await undefined
    this.#timer.startIfNeeded()
  }

  async #flushSoon(): Promise<void> {
    this.#isFlushQueued = true
    await undefined
    this.#isFlushQueued = false
    void this.flush()
  }

  /** Passes this tick's events on to the plugins or the batcher. */
  #closeTick(): void {
    this.#isClosingTick = true
    for (let event = this.#shiftArrival(); event; event = this.#shiftArrival()) {
      if (
        event.options.skipsPlugins ||
        (this.#deps.plugins.registry.isEmpty && !this.#stage?.isBlocked && !event.options.check)
      ) {
        this.#dispatch(event)
      } else {
        this.#getStage().enter(event)
      }
    }
    this.#isClosingTick = false
  }

  #getStage(): PluginStage {
    this.#stage ??= new PluginStage(
      this.#deps.plugins,
      (event, context) => this.#receiveFromPlugins(event, context),
      // `after` plugins do not see events that another plugin stopped.
      (event, reason) => this.#settlement.settleNow(event, reason),
    )
    return this.#stage
  }

  /** Serializes the event as plugins changed it; they keep their own object. */
  #receiveFromPlugins(event: QueuedEvent, context: Context): void {
    const { messageId } = JSON.parse(event.json)
    this.#limits.remove(event)
    let problem: DeliveryError | undefined
    try {
      event.update(context)
      const copy = event.options.isBuilt ? { ...context.event } : stampEvent(context.event)
      // Without its id, Segment could not recognise a retry.
      if (typeof copy.messageId !== 'string') copy.messageId = messageId
      problem = serializeEvent(event, copy, true)
    } catch (cause) {
      problem = new DeliveryError('ERR_PLUGIN', 'plugins returned an event that cannot be read', { cause })
    }
    if (problem) {
      this.#settlement.settleNow(event, problem)
    } else if (this.#limits.hasRoom(event.byteCount)) {
      this.#limits.add(event)
      event.elsewhere = this.#deps.plugins.deliverElsewhere(context, event.json)
      this.#dispatch(event)
      if (!this.#isTickOpen) void this.#closeTickSoon()
    } else {
      this.#rejectAsFull(event)
    }
  }

  #dispatch(event: QueuedEvent): void {
    if (!event.isForSegment || this.#options.isDisabled || this.#deps.settings.isDisabled) {
      this.#settlement.settle(event, undefined)
      return
    }
    this.#batcher.add(event)
    // A flush that covers the event may have begun while a plugin had it.
    if (event.generation.flush && !this.#isClosingTick) this.flushSoon()
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

  /** A hanging callback must not keep the host waiting longer than a flush. */
  #limitCallback(callback: Promise<unknown> | undefined): Promise<unknown> | undefined {
    if (!callback || !this.#options.waitUntil) return callback
    return withLimit(callback, this.#options.timeoutMs, () => undefined).catch(() => {})
  }

  /** Notifies the host of pending events, once until none are left. */
  #bind(): void {
    if (this.#isBound) return
    const deps = this.#deps
    this.#isBound = true
    deps.live?.add(this)
    // A host that cancels requests has no process exit to watch, and a disabled client loses nothing.
    const pending = isRequestBound || deps.settings.isDisabled ? undefined : findPendingEvents()
    pending?.queues.add(this)
    deps.pendingQueueCount++
    let resolveIdle: (() => void) | undefined
    this.#tracker.watchIdle(() => {
      this.#isBound = false
      // It may still be running for an event that failed in the batcher to make room.
      this.#timer.stop()
      deps.live?.delete(this)
      pending?.queues.delete(this)
      if (--deps.pendingQueueCount === 0) deps.emitter.emit('drained')
      resolveIdle?.()
    })
    // At the response, the runtime cancels all work of the request that it does not know about.
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
