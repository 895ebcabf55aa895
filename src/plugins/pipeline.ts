import type { DeliveryError } from '../errors.ts'
import type { Context } from '../events/context.ts'
import type { SegmentEvent } from '../types.ts'
import type { Core } from './core.ts'
import type { Passage } from './event-plugins.ts'
import type { PluginFor } from './plugin.ts'
import { type OnPluginFailure, PluginRegistry } from './registry.ts'

/** Says again in an event what the SDK itself says there, which plugins may have replaced. */
export type Stamp = (event: SegmentEvent) => SegmentEvent

/**
 * Takes events through the plugins. Each step stays synchronous as long as the plugins are; each event goes its own way, so that a
 * slow plugin delays that event alone.
 */
export class Pipeline<Instance> {
  readonly registry: PluginRegistry<Instance>
  readonly #core: Core
  readonly #stamp: Stamp

  constructor(core: Core, onFailure: OnPluginFailure, stamp: Stamp) {
    this.registry = new PluginRegistry(core, onFailure)
    this.#core = core
    this.#stamp = stamp
  }

  pass(context: Context, passage: Passage): void {
    const arrive = (ctx: Context): void => {
      if (passage.isWanted()) passage.arrive(ctx, this.#deliverElsewhere(ctx))
    }
    // The cast: nothing else stops an event.
    const stop = (error: unknown): void => passage.stop(error as DeliveryError)
    try {
      const prepared = this.#prepare(context, () => passage.isWanted())
      if (this.#core.isThenable(prepared)) void prepared.then(arrive).catch(stop)
      else arrive(prepared)
    } catch (error) {
      stop(error)
    }
  }

  /** `after` plugins, all at once. Never rejects. */
  conclude(entry: { readonly context: Context }): Promise<unknown> | undefined {
    return this.#awaitAll(this.registry.list('after').map((plugin) => this.#runOthers(entry.context, plugin)))
  }

  /** Runs `before` and `enrichment`, as long as the event is wanted. Throws or rejects with a DeliveryError where the event goes no further. */
  #prepare(ctx: Context, isWanted: () => boolean): Context | Promise<Context> {
    if (this.registry.halt) throw this.registry.halt
    const steps = [
      ...this.registry.list('before').map((plugin) => (current: Context) => this.#runBefore(current, plugin)),
      ...this.registry.list('enrichment').map((plugin) => (current: Context) => this.#runOthers(current, plugin)),
    ]
    const enriched = this.#runInOrder(ctx, steps, isWanted)
    return this.#core.isThenable(enriched) ? enriched.then((last) => this.#finish(last)) : this.#finish(enriched)
  }

  /**
   * `destination` plugins, all at once; one that is still loading gets the event when it has. What one changes in the event is for
   * itself alone. Never rejects.
   */
  #deliverElsewhere(ctx: Context): Promise<unknown> | undefined {
    const destinations = this.registry.list('destination').filter((plugin) => isSwitchedOn(plugin, ctx.event))
    return this.#awaitAll(
      destinations.map((plugin) => {
        const own = ctx.fork()
        const load = this.registry.loadOf(plugin)
        return load
          ? load.then(() => this.registry.has(plugin) && this.#runOthers(own, plugin))
          : this.#runOthers(own, plugin)
      }),
    )
  }

  #finish(ctx: Context): Context {
    ctx.event = this.#stamp(ctx.event)
    return ctx
  }

  /** Stops between two plugins where the event has met its deadline meanwhile. */
  #runInOrder(ctx: Context, steps: readonly Step[], isWanted: () => boolean): Context | Promise<Context> {
    const [step, ...rest] = steps
    if (!step || !isWanted()) return ctx
    const next = step(ctx)
    return this.#core.isThenable(next)
      ? next.then((current) => this.#runInOrder(current, rest, isWanted))
      : this.#runInOrder(next, rest, isWanted)
  }

  #awaitAll(results: readonly unknown[]): Promise<unknown> | undefined {
    const running = results.filter(this.#core.isThenable)
    return running.length === 0 ? undefined : Promise.all(running)
  }

  /** A `before` plugin stops the event by throwing, by `ctx.cancel()`, or by answering with no context. */
  #runBefore(ctx: Context, plugin: PluginFor<never>): Context | Promise<Context> {
    const { Context, DeliveryError } = this.#core
    const stop = (cause: unknown): never => {
      ctx.log('error', 'plugin Error', { plugin: plugin.name, error: cause })
      throw new DeliveryError('ERR_PLUGIN', `the plugin '${plugin.name}' stopped the event`, { cause })
    }
    const check = (next: unknown): Context => (next instanceof Context ? next : stop('it answered with no context'))
    return this.#runHook(ctx, plugin, check, stop)
  }

  /** Any other plugin cannot stop the event: what it throws is logged on the context. */
  #runOthers(ctx: Context, plugin: PluginFor<never>): Context | Promise<Context> {
    const { Context } = this.#core
    const goOn = (error: unknown): Context => {
      ctx.log('error', 'plugin Error', { plugin: plugin.name, error })
      return ctx
    }
    return this.#runHook(ctx, plugin, (next) => (next instanceof Context ? next : ctx), goOn)
  }

  #runHook(
    ctx: Context,
    plugin: PluginFor<never>,
    onReturn: (next: unknown) => Context,
    onThrow: (error: unknown) => Context,
  ): Context | Promise<Context> {
    const { Context, isPlainObject, isThenable } = this.#core
    const { event } = ctx
    const hook = plugin[event.type]
    if (!hook) return ctx
    ctx.log('debug', 'plugin', { plugin: plugin.name })
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
}

type Step = (ctx: Context) => Context | Promise<Context>

/** By its name, else by one of its other names, else by `All`. */
function isSwitchedOn({ name, alternativeNames = [] }: PluginFor<never>, { integrations = {} }: SegmentEvent): boolean {
  const alternative = alternativeNames.map((key) => integrations[key]).filter((value) => value !== undefined)
  return (integrations[name] ?? alternative.at(-1) ?? integrations.All) !== false
}
