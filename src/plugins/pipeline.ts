import { DeliveryError } from '../errors.ts'
import { Context } from '../events/context.ts'
import { parseEvent } from '../events/parse-event.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import { isThenable } from '../lib/is-thenable.ts'
import { tryTo } from '../lib/try-to.ts'
import { withLimit } from '../lib/with-limit.ts'
import type { PlanHook, SegmentEvent, SegmentEventType } from '../types.ts'
import type { PluginFor } from './plugin.ts'
import { type OnPluginFailure, PluginRegistry } from './registry.ts'

/** A plugin, or the check of a plan. */
type Hooks = Pick<PluginFor<never>, 'name' | SegmentEventType>
type Step = (ctx: Context) => Context | Promise<Context>

/**
 * Takes events through the plugins. Each step stays synchronous while the plugins do. Each event runs on its own, so
 * that a slow plugin delays only that event, and a hanging hook delays it by `pluginTimeout` at most.
 */
export class Pipeline<Instance> {
  readonly registry: PluginRegistry<Instance>
  readonly #limitMs: number

  constructor(limitMs: number, onFailure: OnPluginFailure) {
    this.registry = new PluginRegistry(limitMs, onFailure)
    this.#limitMs = limitMs
  }

  /**
   * Runs `before` and `enrichment` plugins while the event is wanted. Throws or rejects with a DeliveryError if the
   * event stops here.
   *
   * @param first runs before the others, for this event only
   */
  prepare(ctx: Context, isWanted: () => boolean, first?: PlanHook): Context | Promise<Context> {
    if (this.registry.halt) throw this.registry.halt
    const steps = [
      ...[first ?? [], this.registry.list('before')]
        .flat()
        .map((plugin) => (current: Context) => this.#runBefore(current, plugin)),
      ...this.registry.list('enrichment').map((plugin) => (current: Context) => this.#runEnrichment(current, plugin)),
    ]
    return this.#runInOrder(ctx, steps, isWanted)
  }

  /**
   * Runs `destination` plugins, all at once; one that is still loading gets the event afterwards. Each changes its own
   * copy of the event. Never rejects.
   * @param json the event as Segment receives it
   */
  deliverElsewhere(ctx: Context, json: string): Promise<unknown> | undefined {
    const destinations = this.registry.list('destination').filter((plugin) => wants(plugin, ctx))
    return this.#awaitAll(
      destinations.map((plugin) => {
        const own = Context.fork(ctx, parseEvent(json))
        const load = this.registry.loadOf(plugin)
        return load
          ? load.then(() => this.registry.has(plugin) && this.#runBeside(own, plugin))
          : this.#runBeside(own, plugin)
      }),
    )
  }

  /** Runs `after` plugins, all at once. Never rejects. */
  conclude(event: { readonly context: Context }): Promise<unknown> | undefined {
    return this.#awaitAll(this.registry.list('after').map((plugin) => this.#runBeside(event.context, plugin)))
  }

  /** Stops between two plugins if the event's deadline has passed. */
  #runInOrder(ctx: Context, steps: readonly Step[], isWanted: () => boolean): Context | Promise<Context> {
    const [step, ...rest] = steps
    if (!step || !isWanted()) return ctx
    const next = step(ctx)
    return isThenable(next)
      ? next.then((current) => this.#runInOrder(current, rest, isWanted))
      : this.#runInOrder(next, rest, isWanted)
  }

  #awaitAll(results: readonly unknown[]): Promise<unknown> | undefined {
    const running = results.filter(isThenable)
    return running.length === 0 ? undefined : Promise.all(running)
  }

  /** A `before` plugin stops the event by throwing, by `ctx.cancel()`, or by returning no context. */
  #runBefore(ctx: Context, plugin: Hooks): Context | Promise<Context> {
    const stop = (cause: unknown): never => {
      logProblem(ctx, plugin, cause)
      if (cause instanceof DeliveryError) throw cause
      const message = cause instanceof HookTimeout ? cause.message : `the plugin '${plugin.name}' stopped the event`
      throw new DeliveryError('ERR_PLUGIN', message, { cause })
    }
    const check = (next: unknown): Context => (next instanceof Context ? next : stop('it returned no context'))
    return this.#runHook(ctx, plugin, check, stop)
  }

  /** An `enrichment` plugin stops the event only by taking too long; what it throws is logged on the context. */
  #runEnrichment(ctx: Context, plugin: PluginFor<never>): Context | Promise<Context> {
    const proceed = (error: unknown): Context => {
      logProblem(ctx, plugin, error)
      if (error instanceof HookTimeout) throw new DeliveryError('ERR_PLUGIN', error.message, { cause: error })
      return ctx
    }
    return this.#runHook(ctx, plugin, (next) => (next instanceof Context ? next : ctx), proceed)
  }

  /**
   * What a `destination` or `after` plugin throws is logged on the context; a plugin that takes too long is no longer
   * waited for.
   */
  #runBeside(ctx: Context, plugin: PluginFor<never>): Context | Promise<Context> {
    const proceed = (error: unknown): Context => {
      logProblem(ctx, plugin, error)
      return ctx
    }
    return this.#runHook(ctx, plugin, () => ctx, proceed)
  }

  #runHook(
    ctx: Context,
    plugin: Hooks,
    onReturn: (next: unknown) => Context,
    onThrow: (error: unknown) => Context,
  ): Context | Promise<Context> {
    const { event } = ctx
    const fail = (error: unknown): Context => {
      if (!isPlainObject(ctx.event)) tryTo(() => Object.assign(ctx, { event }))
      return onThrow(error)
    }
    const check = (next: unknown): Context => {
      const isBroken = !isPlainObject(ctx.event) || (next instanceof Context && !isPlainObject(next.event))
      return isBroken
        ? fail(new TypeError(`the plugin '${plugin.name}' returned an event that is not an object`))
        : onReturn(next)
    }
    let next: unknown
    try {
      const hook = plugin[event.type]
      if (!hook) return ctx
      Context.addLog(ctx, 'debug', 'plugin', { plugin: plugin.name })
      next = hook.call(plugin, ctx)
      if (isThenable(next)) {
        const createError = () =>
          new HookTimeout(`the plugin '${plugin.name}' had not finished after ${this.#limitMs} ms (pluginTimeout)`)
        return withLimit(next, this.#limitMs, createError).then(check, fail)
      }
    } catch (error) {
      return fail(error)
    }
    return check(next)
  }
}

class HookTimeout extends Error {}

function logProblem(ctx: Context, { name }: Hooks, error: unknown): void {
  Context.addLog(ctx, 'error', 'plugin Error', { plugin: name, error })
}

/** Whether a destination gets the event; one whose fields cannot be read does not. */
function wants(plugin: PluginFor<never>, ctx: Context): boolean {
  try {
    return isSwitchedOn(plugin, ctx.event)
  } catch (error) {
    logProblem(ctx, plugin, error)
    return false
  }
}

/** Looks up the name, then the alternative names, then `All`. */
function isSwitchedOn({ name, alternativeNames }: PluginFor<never>, { integrations }: SegmentEvent): boolean {
  const switches = integrations ?? {}
  const alternative = (alternativeNames ?? []).map((key) => switches[key]).filter((value) => value !== undefined)
  return (switches[name] ?? alternative.at(-1) ?? switches.All) !== false
}
