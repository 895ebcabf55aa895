import { DeliveryError } from '../errors.ts'
import { Context } from '../events/context.ts'
import { parseEvent } from '../events/parse-event.ts'
import { createDeadlineError } from '../http/deadline.ts'
import { isThenable } from '../lib/is-thenable.ts'
import type { Pipeline } from '../plugins/pipeline.ts'
import type { QueuedEvent } from './queued-event.ts'

type ArrivingPipeline = Pick<Pipeline<never>, 'prepare'> & {
  readonly registry: Pick<Pipeline<never>['registry'], 'untilLoaded'>
}

/** Runs a queue's events through the plugins, each event on its own. */
export class PluginStage {
  readonly #plugins: ArrivingPipeline
  readonly #onArrive: (event: QueuedEvent, context: Context) => void
  readonly #onStop: (event: QueuedEvent, reason: DeliveryError) => void
  readonly #underWay = new Set<QueuedEvent>()
  /** Events waiting for plugins to load, and later ones, which must not overtake them. */
  #waiting: QueuedEvent[] = []

  /**
   * @param onArrive takes an event that passed all plugins, with the context that the last one left
   * @param onStop takes an event that stops here
   */
  constructor(
    plugins: ArrivingPipeline,
    onArrive: (event: QueuedEvent, context: Context) => void,
    onStop: (event: QueuedEvent, reason: DeliveryError) => void,
  ) {
    this.#plugins = plugins
    this.#onArrive = onArrive
    this.#onStop = onStop
  }

  /** Whether events wait, which later ones must not overtake. */
  get isBlocked(): boolean {
    return this.#waiting.length > 0
  }

  enter(event: QueuedEvent): void {
    this.#underWay.add(event)
    const loaded = this.isBlocked ? undefined : this.#plugins.registry.untilLoaded()
    if (loaded || this.isBlocked) this.#waiting.push(event)
    else this.#pass(event)
    if (loaded) void this.#passWaitingAfter(loaded)
  }

  /** Immediately stops events up to this generation that plugins still have. */
  expire(lastIndex: number): void {
    const reason = createDeadlineError(
      'plugins had not finished with the event at the deadline of the flush',
      undefined,
    )
    const covered = [...this.#underWay].filter(({ generation }) => generation.index <= lastIndex)
    for (const event of covered) this.#underWay.delete(event)
    // A load that never finishes must not keep them in memory.
    this.#waiting = this.#waiting.filter((event) => this.#underWay.has(event))
    for (const event of covered) this.#onStop(event, reason)
  }

  async #passWaitingAfter(loaded: Promise<void>): Promise<void> {
    for (let wait: Promise<void> | undefined = loaded; wait; wait = this.#plugins.registry.untilLoaded()) await wait
    // Synchronously, so that nothing tracked meanwhile comes in between.
    for (const event of this.#waiting) if (this.#underWay.has(event)) this.#pass(event)
    this.#waiting = []
  }

  #pass(event: QueuedEvent): void {
    const stop = (error: unknown) => {
      // An event past its deadline is already settled.
      if (this.#underWay.delete(event)) this.#onStop(event, toPluginError(error))
    }
    const arrive = (context: Context) => {
      if (this.#underWay.delete(event)) this.#onArrive(event, context)
    }
    try {
      event.context = new Context(parseEvent(event.json))
      const prepared = this.#plugins.prepare(event.context, () => this.#underWay.has(event), event.options.check)
      if (isThenable(prepared)) void prepared.then(arrive, stop)
      else arrive(prepared)
    } catch (error) {
      stop(error)
    }
  }
}

/** Wraps what plugin code throws outside a hook, for example in a getter. */
function toPluginError(cause: unknown): DeliveryError {
  if (cause instanceof DeliveryError) return cause
  return new DeliveryError('ERR_PLUGIN', 'a plugin cannot be read', { cause })
}
