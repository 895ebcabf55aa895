import { createUuid } from '../lib/create-uuid.ts'
import { setPath } from '../lib/set-path.ts'
import { shareInstances } from '../lib/share-instances.ts'
import { tryTo } from '../lib/try-to.ts'
import type { SegmentEvent } from '../types.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogMessage {
  level: LogLevel
  message: string
  time: Date
  extras?: object | undefined
}

/** Metrics for plugins written for Segment's library. As in that library on a server, they go nowhere. */
export interface ContextStats {
  readonly metrics: readonly never[]
  increment(metric: string, by?: number, tags?: string[]): void
  gauge(metric: string, value: number, tags?: string[]): void
  flush(): void
  serialize(): never[]
}

const NO_STATS: ContextStats = { metrics: [], increment() {}, gauge() {}, flush() {}, serialize: () => [] }

/** Thrown by `ctx.cancel()`. */
export class ContextCancelation {
  readonly type: string
  readonly reason: string
  /** Kept for plugins written for Segment's library; a cancelled event is not tried again. */
  readonly retry: boolean

  constructor({
    type = 'plugin Error',
    reason = '',
    retry = true,
  }: { type?: string; reason?: string; retry?: boolean }) {
    this.type = type
    this.reason = reason
    this.retry = retry
  }
}

/**
 * What is recorded about an event. Shared by its contexts and across copies of the package: changing its shape requires
 * a new symbol.
 */
interface EventRecord {
  readonly logs: LogMessage[]
  failure: { reason: unknown } | undefined
}

const RECORD = Symbol.for('analytics-edge.Context.record')

/** An event and its state, as plugins, callbacks and listeners get it. */
export class Context {
  event: SegmentEvent
  /** Number of requests in which this event was sent. More than 1 after a retry. */
  attempts = 0
  #id: string | undefined
  #record: EventRecord = { logs: [], failure: undefined }

  /** For tests of plugins: their events may be incomplete. */
  constructor(event: Partial<SegmentEvent> & Pick<SegmentEvent, 'type'>, id?: string) {
    // The cast: the SDK builds all events that are sent, so they are complete.
    this.event = event as SegmentEvent
    this.#id = id
  }

  /** A context without an event, for example of a plugin that is loading. */
  static system(): Context {
    return create({ type: 'track', event: 'system' })
  }

  // The SDK uses the record of a context, because a plugin may have replaced any method. The context may come from
  // another copy of the package, so a symbol exposes the record.

  /** @internal */
  get [RECORD](): EventRecord {
    return this.#record
  }

  /** @internal A context with its own event, and the logs and the failure of another. */
  static fork(ctx: Context, event: SegmentEvent): Context {
    const fork = create(
      event,
      tryTo(() => ctx.id),
    )
    fork.#record = recordOf(ctx) ?? fork.#record
    return fork
  }

  /** @internal */
  static addLog(ctx: Context, level: LogLevel, message: string, extras: object): void {
    recordOf(ctx)?.logs.push({ level, message, time: new Date(), extras })
  }

  /** @internal */
  static failureOf(ctx: Context): { reason: unknown } | undefined {
    return recordOf(ctx)?.failure
  }

  /** @internal */
  static fail(ctx: Context, reason: unknown): void {
    const record = recordOf(ctx)
    if (record) record.failure = { reason }
  }

  /** The event's `messageId`, unless the constructor got another id. */
  get id(): string {
    this.#id ??= this.event.messageId ?? createUuid()
    return this.#id
  }

  get stats(): ContextStats {
    return NO_STATS
  }

  isSame(other: Context): boolean {
    return other.id === this.id
  }

  /**
   * Sets one field of the event by its path: `updateEvent('traits.address.city', 'Oslo')`. Missing objects on the path are created.
   * A destination that the call has switched off stays off.
   */
  updateEvent(path: string, value: unknown): SegmentEvent {
    const [field, integration = ''] = path.split('.')
    const isSwitchedOff = field === 'integrations' && this.event.integrations?.[integration] === false
    if (!isSwitchedOff) this.event = setPath(this.event, path, value)
    return this.event
  }

  /** Cancels the event, from inside a `before` plugin. It fails with this reason. */
  cancel(error?: Error | ContextCancelation): never {
    throw error ?? new ContextCancelation({ reason: 'Context Cancel' })
  }

  log(level: LogLevel, message: string, extras?: object): void {
    this.#record.logs.push({ level, message, time: new Date(), extras })
  }

  /** What plugins logged, and what the SDK logged about them. */
  logs(): LogMessage[] {
    return this.#record.logs
  }

  /** Why the event was not delivered; undefined while it is pending and once it is delivered. */
  failedDelivery(): { reason: unknown } | undefined {
    return this.#record.failure
  }

  setFailedDelivery(failure: { reason: unknown }): void {
    this.#record.failure = failure
  }

  toJSON(): { id: string; event: SegmentEvent; logs: LogMessage[]; metrics: readonly never[] } {
    return { id: this.id, event: this.event, logs: this.logs(), metrics: this.stats.metrics }
  }
}

shareInstances(Context, 'Context')

function recordOf(ctx: Context): EventRecord | undefined {
  return tryTo(() => ctx[RECORD])
}

/** A factory, because bundlers rename a class that refers to itself to `_Context`, which would show in logs. */
function create(...args: ConstructorParameters<typeof Context>): Context {
  return new Context(...args)
}
