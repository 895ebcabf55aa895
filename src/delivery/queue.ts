import { Context } from '../context.ts'
import type { Emitter } from '../emitter.ts'
import { DeliveryError } from '../errors.ts'
import { reportUserError } from '../lib/report.ts'
import type { ResolvedSettings } from '../settings.ts'
import type { FlushResult, SegmentEvent } from '../types.ts'
import { type Batch, type Callback, createBatch, type Entry } from './batch.ts'
import { Batcher, serializeEvent } from './batcher.ts'
import { createDeadlineError } from './deadline.ts'
import { Delivery } from './delivery.ts'
import { Ledger, type Watcher } from './ledger.ts'
import type { Sender } from './sender.ts'
import { callBack, tellOutcome } from './tell.ts'

/** Workers allow six connections at once; the handler needs some of them. */
const MAX_CONCURRENT_REQUESTS = 4

/** While a request is on its way, later events gather this long: a streaming body must not cost a request for every chunk. */
const BUSY_LINGER_MS = 250

/** What a client gives each of its queues. Values only: a promise, timer or request belongs to the queue that made it. */
export interface QueueDeps {
  readonly settings: ResolvedSettings
  readonly emitter: Emitter
  readonly sender: Sender
  /** Told of an event that failed where nobody else would hear of it. */
  readonly onUnheardFailure: (reason: DeliveryError) => void
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
  readonly #ledger = new Ledger()
  readonly #batcher: Batcher
  readonly #inFlight = new Set<Batch>()
  #waiting: Batch[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #isBound = false
  #holdCount = 0
  #isFlushQueued = false
  #isClosed = false

  constructor(deps: QueueDeps, options: QueueOptions) {
    this.#deps = deps
    this.#options = options
    this.#batcher = new Batcher(deps.settings.flushAt, deps.settings.writeKey)
  }

  /** Takes in a valid event. It leaves with the next batch, or at once when somebody awaits the Delivery. */
  add(event: SegmentEvent, callback: Callback | undefined): Delivery {
    const context = new Context(event)
    if (this.#isClosed || this.#deps.isClosed) return this.#refuse(context, callback)

    const json = serializeEvent(event)
    const sequence = this.#ledger.accept()
    const entry: Entry = { context, callback, sequence, json: '', isSettled: false, onSettled: undefined }
    this.#bind()
    if (json instanceof DeliveryError) {
      // Not before the call has returned: a callback is never called from inside it.
      queueMicrotask(() => this.#settle(entry, json))
    } else {
      entry.json = json
      this.#enqueue(entry)
    }
    return new Delivery(entry, () => this.#flushSoon())
  }

  /** Sends what is pending and waits for its outcome, at most until the deadline. Overlapping flushes share the requests. */
  flush(timeoutMs = this.#options.timeoutMs, isClosing = false): Promise<FlushResult> {
    if (isClosing) this.#isClosed = true
    this.#sendCollected()
    const deadlineMs = Date.now() + timeoutMs
    for (const batch of this.#unsettled()) batch.deadline.tighten(deadlineMs)

    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const onDone = ({ delivered, failed }: Watcher) => {
        clearTimeout(timer)
        resolve({ delivered, failed })
      }
      const watcher = this.#ledger.watchPending(onDone, { isClosing })
      if (watcher.openCount === 0) return
      timer = setTimeout(() => {
        this.#expire(watcher.lastSequence)
        this.#ledger.end(watcher)
      }, timeoutMs)
    })
  }

  /** While held, events wait for each other as `flushInterval` allows, even where `waitUntil` would have them sent at once. */
  hold(): void {
    this.#holdCount++
  }

  /** Ends a hold and flushes what is pending. */
  release(): Promise<FlushResult> | undefined {
    this.#holdCount--
    return this.#ledger.pendingCount > 0 ? this.flush() : undefined
  }

  #refuse(context: Context, callback: Callback | undefined): Delivery {
    const reason = new DeliveryError('ERR_CLOSED', 'the call came after closeAndFlush()')
    context.setFailedDelivery({ reason })
    this.#deps.emitter.emit('call_after_close', context.event)
    if (callback) queueMicrotask(() => callBack(callback, context, reason))
    const entry = { context, callback, sequence: 0, json: '', isSettled: true, onSettled: undefined }
    return new Delivery(entry, () => {})
  }

  /** Tells the host, once for as long as anything is pending. */
  #bind(): void {
    if (this.#isBound) return
    this.#isBound = true
    this.#deps.live?.add(this)
    const idle = new Promise<void>((resolve) => {
      this.#ledger.watchIdle(() => {
        this.#isBound = false
        this.#deps.live?.delete(this)
        this.#deps.emitter.emit('drained')
        resolve()
      })
    })
    try {
      this.#options.waitUntil?.(idle)
    } catch (error) {
      reportUserError('waitUntil (events may be lost when the invocation ends)', error)
    }
  }

  #enqueue(entry: Entry): void {
    const full = this.#batcher.add(entry)
    if (full) this.#start(full)
    if (this.#isEager() || this.#batcher.count > 0) this.#schedule()
    else this.#unschedule()
  }

  /** Whether events leave at the end of the tick: the host waits, and nobody said that the handler is still running. */
  #isEager(): boolean {
    return this.#options.waitUntil !== undefined && this.#holdCount === 0
  }

  #schedule(): void {
    if (this.#timer !== undefined) return
    const onTime = () => {
      this.#timer = undefined
      // An invocation that the host ends at its own time needs a deadline; in a process the retry policy is the only bound.
      if (this.#options.waitUntil) void this.flush()
      else this.#sendCollected()
    }
    this.#timer = setTimeout(onTime, this.#lingerMs())
    this.refTimer()
  }

  /** Has the timer keep the process alive or not, as the client says now. */
  refTimer(): void {
    // Node's timers are objects that can let the process end; on other runtimes a timer is a number, or has no such methods.
    const timer = this.#timer as { ref?: () => void; unref?: () => void } | undefined
    if (this.#deps.isUnref) timer?.unref?.()
    else timer?.ref?.()
  }

  /** How long a first event waits for company. */
  #lingerMs(): number {
    const { flushIntervalMs } = this.#deps.settings
    if (!this.#isEager()) return flushIntervalMs
    return this.#inFlight.size === 0 ? 0 : Math.min(flushIntervalMs, BUSY_LINGER_MS)
  }

  #unschedule(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Flushes once the current tick's calls have all been made. */
  #flushSoon(): void {
    if (this.#isFlushQueued) return
    this.#isFlushQueued = true
    queueMicrotask(() => {
      this.#isFlushQueued = false
      void this.flush()
    })
  }

  #sendCollected(): void {
    this.#unschedule()
    const entries = this.#batcher.take()
    if (entries.length > 0) this.#start(entries)
  }

  #start(entries: Entry[]): void {
    this.#waiting.push(createBatch(entries))
    this.#sendNext()
  }

  #sendNext(): void {
    while (this.#inFlight.size < MAX_CONCURRENT_REQUESTS) {
      const batch = this.#waiting.shift()
      if (!batch) return
      this.#inFlight.add(batch)
      void this.#deps.sender.send(batch).then((reason) => {
        this.#inFlight.delete(batch)
        // First the next request, then the listeners and callbacks, which may take their time.
        this.#sendNext()
        for (const entry of batch.entries) this.#settle(entry, reason)
      })
    }
  }

  #unsettled(): Batch[] {
    return [...this.#inFlight, ...this.#waiting]
  }

  /** Fails, now, whatever a flush covered and could not deliver in time. */
  #expire(lastSequence: number): void {
    const expired = this.#unsettled().filter(({ entries }) => entries.some(({ sequence }) => sequence <= lastSequence))
    this.#waiting = this.#waiting.filter((batch) => !expired.includes(batch))
    for (const batch of expired) {
      const reason = createDeadlineError('the deadline of the flush passed', batch.lastFailure)
      for (const entry of batch.entries) this.#settle(entry, reason)
      batch.deadline.expire()
    }
  }

  #settle(entry: Entry, reason: DeliveryError | undefined): void {
    if (entry.isSettled) return
    entry.isSettled = true
    entry.json = ''
    if (reason) entry.context.setFailedDelivery({ reason })
    this.#ledger.settle(entry.sequence, reason ? 'failed' : 'delivered', () => tellOutcome(this.#deps, entry, reason))
  }
}
