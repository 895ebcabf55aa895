import type { Context } from '../context.ts'
import { DeliveryError } from '../errors.ts'
import { copyData } from '../lib/copy-data.ts'
import { isThenable } from '../lib/is-thenable.ts'
import type { SegmentEvent } from '../types.ts'
import { createDeadlineError } from './deadline.ts'
import type { Entry } from './entry.ts'

/** What the plugins do with an event on its way; each step is synchronous where they are. */
export interface EventPipeline {
  readonly isEmpty: boolean
  /** Resolves when it is time to ask again whether a plugin is loading for which events wait; undefined where none is. */
  untilLoaded(): Promise<void> | undefined
  /** Throws or rejects with a DeliveryError where the event goes no further. */
  prepare(ctx: Context, isWanted: () => boolean): Context | Promise<Context>
  wantsSegment(event: SegmentEvent): boolean
  deliverElsewhere(ctx: Context): Promise<unknown> | undefined
  conclude(ctx: Context): Promise<unknown> | undefined
}

/** The way of a queue's events through the plugins, each on its own. */
export class PluginPassage {
  readonly #pipeline: EventPipeline
  readonly #onArrive: (entry: Entry) => void
  readonly #onStop: (entry: Entry, reason: DeliveryError | undefined) => void
  readonly #underWay = new Set<Entry>()
  /** Events that wait for plugins to load, and those that came after them and must not overtake. */
  #held: Entry[] = []
  #isWaiting = false
  #isPassing = false

  /**
   * @param onArrive takes an event that is wanted by Segment
   * @param onStop takes one that goes no further; without a reason, only other destinations wanted it
   */
  constructor(
    pipeline: EventPipeline,
    onArrive: (entry: Entry) => void,
    onStop: (entry: Entry, reason: DeliveryError | undefined) => void,
  ) {
    this.#pipeline = pipeline
    this.#onArrive = onArrive
    this.#onStop = onStop
  }

  /** Whether an event may go past: there are no plugins, none waits that it would overtake, and Segment is to get it. */
  isOpenFor(event: SegmentEvent): boolean {
    return this.#pipeline.isEmpty && this.#held.length === 0 && this.#pipeline.wantsSegment(event)
  }

  enter(entry: Entry): void {
    this.#underWay.add(entry)
    const { context } = entry
    try {
      // Plugins may change the event, and the caller its own objects, while the other still looks at them.
      context.event = copyData(context.event)
    } catch (cause) {
      const reason = new DeliveryError('ERR_NOT_SERIALIZABLE', 'the event cannot be read for the plugins', { cause })
      this.#stop(entry, reason)
      return
    }
    if (this.#held.length === 0 && !this.#pipeline.untilLoaded()) {
      this.#pass(entry)
    } else {
      this.#held.push(entry)
      this.#passHeldOnceLoaded()
    }
  }

  #passHeldOnceLoaded(): void {
    if (this.#isWaiting || this.#held.length === 0) return
    const loaded = this.#pipeline.untilLoaded()
    if (loaded) {
      this.#isWaiting = true
      void loaded.then(() => {
        this.#isWaiting = false
        this.#passHeldOnceLoaded()
      })
    } else {
      this.#passHeld()
    }
  }

  /** All in one go: nothing that is tracked meanwhile comes between. */
  #passHeld(): void {
    if (this.#isPassing) return
    this.#isPassing = true
    for (const entry of this.#held) if (this.#underWay.has(entry)) this.#pass(entry)
    this.#isPassing = false
    this.#held = []
  }

  #pass(entry: Entry): void {
    try {
      const prepared = this.#pipeline.prepare(entry.context, () => this.#underWay.has(entry))
      if (isThenable(prepared))
        void prepared.then((ctx) => this.#arrive(entry, ctx)).catch((error) => this.#stop(entry, error))
      else this.#arrive(entry, prepared)
    } catch (error) {
      this.#stop(entry, error)
    }
  }

  /** Ends, now, the covered events that plugins still hold; answers with them and the reason. */
  expire(lastSequence: number): { entries: Entry[]; reason: DeliveryError } {
    const entries = [...this.#underWay].filter(({ sequence }) => sequence <= lastSequence)
    for (const entry of entries) this.#underWay.delete(entry)
    // A load that never ends must not keep them in memory.
    this.#held = this.#held.filter((entry) => this.#underWay.has(entry))
    const message = 'plugins had not ended with the event at the deadline of the flush'
    return { entries, reason: createDeadlineError(message, undefined) }
  }

  #arrive(entry: Entry, context: Context): void {
    // One that has met its deadline is settled already.
    if (!this.#underWay.delete(entry)) return
    entry.context = context
    entry.elsewhere = this.#pipeline.deliverElsewhere(context)
    if (this.#pipeline.wantsSegment(context.event)) this.#onArrive(entry)
    else this.#onStop(entry, undefined)
  }

  #stop(entry: Entry, error: unknown): void {
    // The cast: a pipeline stops events with nothing else.
    if (this.#underWay.delete(entry)) this.#onStop(entry, error as DeliveryError)
  }
}
