import { Context } from '../context.ts'
import { DeliveryError } from '../errors.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import { isThenable } from '../lib/is-thenable.ts'
import type { SegmentEvent } from '../types.ts'
import type { PluginFor } from './plugin.ts'
import type { PluginRegistry } from './registry.ts'

/** The name by which `integrations` switches Segment's own delivery off. */
const SEGMENT = 'Segment.io'

/**
 * Takes events through the plugins. Each step stays synchronous as long as the plugins are; each event goes its own way, so that a
 * slow plugin delays that event alone.
 */
export class Pipeline {
  readonly #registry: PluginRegistry<never>
  readonly #stamp: (event: SegmentEvent) => SegmentEvent

  constructor(registry: PluginRegistry<never>, stamp: (event: SegmentEvent) => SegmentEvent) {
    this.#registry = registry
    this.#stamp = stamp
  }

  get isEmpty(): boolean {
    return this.#registry.isEmpty
  }

  untilLoaded(): Promise<void> | undefined {
    return this.#registry.untilLoaded()
  }

  /** Runs `before` and `enrichment`, as long as the event is wanted. Throws or rejects with a DeliveryError where the event goes no further. */
  prepare(ctx: Context, isWanted: () => boolean): Context | Promise<Context> {
    if (this.#registry.halt) throw this.#registry.halt
    const steps = [
      ...this.#registry.list('before').map((plugin) => (current: Context) => runBefore(current, plugin)),
      ...this.#registry.list('enrichment').map((plugin) => (current: Context) => runOthers(current, plugin)),
    ]
    const enriched = runInOrder(ctx, steps, isWanted)
    return isThenable(enriched) ? enriched.then((last) => this.#finish(last)) : this.#finish(enriched)
  }

  /**
   * `destination` plugins, all at once; one that is still loading gets the event when it has. What one changes in the event is for
   * itself alone. Never rejects.
   */
  deliverElsewhere(ctx: Context): Promise<unknown> | undefined {
    const destinations = this.#registry.list('destination').filter((plugin) => isSwitchedOn(plugin, ctx.event))
    return awaitAll(
      destinations.map((plugin) => {
        const own = ctx.fork()
        const load = this.#registry.loadOf(plugin)
        return load ? load.then(() => this.#registry.has(plugin) && runOthers(own, plugin)) : runOthers(own, plugin)
      }),
    )
  }

  wantsSegment({ integrations }: SegmentEvent): boolean {
    return integrations?.[SEGMENT] !== false
  }

  /** `after` plugins, all at once. Never rejects. */
  conclude(ctx: Context): Promise<unknown> | undefined {
    return awaitAll(this.#registry.list('after').map((plugin) => runOthers(ctx, plugin)))
  }

  #finish(ctx: Context): Context {
    ctx.event = this.#stamp(ctx.event)
    return ctx
  }
}

type Step = (ctx: Context) => Context | Promise<Context>

/** Stops between two plugins where the event has met its deadline meanwhile. */
function runInOrder(ctx: Context, steps: readonly Step[], isWanted: () => boolean): Context | Promise<Context> {
  const [step, ...rest] = steps
  if (!step || !isWanted()) return ctx
  const next = step(ctx)
  return isThenable(next)
    ? next.then((current) => runInOrder(current, rest, isWanted))
    : runInOrder(next, rest, isWanted)
}

function awaitAll(results: readonly unknown[]): Promise<unknown> | undefined {
  const running = results.filter(isThenable)
  return running.length === 0 ? undefined : Promise.all(running)
}

/** A `before` plugin stops the event by throwing, by `ctx.cancel()`, or by answering with no context. */
function runBefore(ctx: Context, plugin: PluginFor<never>): Context | Promise<Context> {
  const stop = (cause: unknown): never => {
    ctx.log('error', 'plugin Error', { plugin: plugin.name, error: cause })
    throw new DeliveryError('ERR_PLUGIN', `the plugin '${plugin.name}' stopped the event`, { cause })
  }
  const check = (next: unknown): Context => (next instanceof Context ? next : stop('it answered with no context'))
  return runHook(ctx, plugin, check, stop)
}

/** Any other plugin cannot stop the event: what it throws is logged on the context. */
function runOthers(ctx: Context, plugin: PluginFor<never>): Context | Promise<Context> {
  const goOn = (error: unknown): Context => {
    ctx.log('error', 'plugin Error', { plugin: plugin.name, error })
    return ctx
  }
  return runHook(ctx, plugin, (next) => (next instanceof Context ? next : ctx), goOn)
}

function runHook(
  ctx: Context,
  plugin: PluginFor<never>,
  onReturn: (next: unknown) => Context,
  onThrow: (error: unknown) => Context,
): Context | Promise<Context> {
  const { type } = ctx.event
  const hook = plugin[type]
  if (!hook) return ctx
  ctx.log('debug', 'plugin', { plugin: plugin.name })
  const { event } = ctx
  const fail = (error: unknown): Context => {
    if (!isPlainObject(ctx.event)) ctx.event = event
    return onThrow(error)
  }
  const check = (next: unknown): Context => {
    const isBroken = !isPlainObject(ctx.event) || (next instanceof Context && !isPlainObject(next.event))
    return isBroken
      ? fail(new TypeError(`the plugin '${plugin.name}' left an event that is no object`))
      : onReturn(next)
  }
  let next: unknown
  try {
    next = hook.call(plugin, ctx)
    if (isThenable(next)) return Promise.resolve(next).then(check, fail)
  } catch (error) {
    return fail(error)
  }
  return check(next)
}

/** By its name, else by one of its other names, else by `All`. */
function isSwitchedOn({ name, alternativeNames = [] }: PluginFor<never>, { integrations = {} }: SegmentEvent): boolean {
  const alternative = alternativeNames.map((key) => integrations[key]).filter((value) => value !== undefined)
  return (integrations[name] ?? alternative.at(-1) ?? integrations.All) !== false
}
