import { DeliveryError } from '../errors.ts'
import { copyData } from '../lib/copy-data.ts'
import type { EventPlugins } from '../plugins/event-plugins.ts'
import type { SegmentEvent } from '../types.ts'
import { createDeadlineError } from './deadline.ts'
import type { QueuedEvent } from './queued-event.ts'

/** The name by which `integrations` switches Segment's own delivery off. */
const SEGMENT = 'Segment.io'

export function isForSegment({ integrations }: SegmentEvent): boolean {
  return integrations?.[SEGMENT] !== false
}

/** The way of a queue's events through the plugins, each on its own. */
export class PluginStage {
  readonly #plugins: EventPlugins
  readonly #onArrive: (entry: QueuedEvent) => void
  readonly #onStop: (entry: QueuedEvent, reason: DeliveryError | undefined) => void
  readonly #underWay = new Set<QueuedEvent>()
  /** Events that wait for plugins to load, and those that came after them and must not overtake. */
  #held: QueuedEvent[] = []

  /**
   * @param onArrive takes an event that is wanted by Segment
   * @param onStop takes one that goes no further; without a reason, only other destinations wanted it
   */
  constructor(
    plugins: EventPlugins,
    onArrive: (entry: QueuedEvent) => void,
    onStop: (entry: QueuedEvent, reason: DeliveryError | undefined) => void,
  ) {
    this.#plugins = plugins
    this.#onArrive = onArrive
    this.#onStop = onStop
  }

  /** Whether events wait here that none may overtake. */
  get isHolding(): boolean {
    return this.#held.length > 0
  }

  enter(entry: QueuedEvent): void {
    const { context } = entry
    try {
      // Plugins may change the event, and the caller its own objects, while the other still looks at them.
      context.event = copyData(context.event)
    } catch (cause) {
      this.#onStop(
        entry,
        new DeliveryError('ERR_NOT_SERIALIZABLE', 'the event cannot be read for the plugins', { cause }),
      )
      return
    }
    this.#underWay.add(entry)
    const loaded = this.isHolding ? undefined : this.#plugins.untilLoaded()
    if (loaded || this.isHolding) this.#held.push(entry)
    else this.#pass(entry)
    if (loaded) void this.#passHeldAfter(loaded)
  }

  async #passHeldAfter(loaded: Promise<void>): Promise<void> {
    for (let wait: Promise<void> | undefined = loaded; wait; wait = this.#plugins.untilLoaded()) await wait
    // All in one go: nothing that is tracked meanwhile comes between.
    for (const entry of this.#held) if (this.#underWay.has(entry)) this.#pass(entry)
    this.#held = []
  }

  #pass(entry: QueuedEvent): void {
    this.#plugins.pass(entry.context, {
      isWanted: () => this.#underWay.has(entry),
      arrive: (context, elsewhere) => {
        this.#underWay.delete(entry)
        entry.context = context
        entry.elsewhere = elsewhere
        if (isForSegment(context.event)) this.#onArrive(entry)
        else this.#onStop(entry, undefined)
      },
      stop: (reason) => {
        // One that has met its deadline is settled already.
        if (this.#underWay.delete(entry)) this.#onStop(entry, reason)
      },
    })
  }

  /** Ends, now, the covered events that plugins still hold. */
  expire(lastSequence: number, settle: (entry: QueuedEvent, reason: DeliveryError) => void): void {
    const reason = createDeadlineError('plugins had not ended with the event at the deadline of the flush', undefined)
    const covered = [...this.#underWay].filter(({ sequence }) => sequence <= lastSequence)
    for (const entry of covered) this.#underWay.delete(entry)
    // A load that never ends must not keep them in memory.
    this.#held = this.#held.filter((entry) => this.#underWay.has(entry))
    for (const entry of covered) settle(entry, reason)
  }
}
