import { DeliveryError } from '../errors.ts'
import { Context } from '../events/context.ts'
import { CORE } from './core.ts'
import type { EventPlugins, Passage } from './event-plugins.ts'
import type { Pipeline, Stamp } from './pipeline.ts'
import type { PluginFor } from './plugin.ts'
import type { Completion, OnPluginFailure, PluginRegistry } from './registry.ts'

type Call<Instance> = (registry: PluginRegistry<Instance>) => Completion

/** The plugins of a client. Their code is loaded with the first call of `register()`: who has no plugins does not start with it. */
export class LazyPlugins<Instance> implements EventPlugins {
  readonly #onFailure: OnPluginFailure
  readonly #stamp: Stamp
  /** Called before the code is there. They are applied in order, before any event that was tracked after the first. */
  readonly #calls: ((registry: PluginRegistry<Instance>) => void)[] = []
  #pipeline: Pipeline<Instance> | undefined
  #failure: DeliveryError | undefined

  constructor(onFailure: OnPluginFailure, stamp: Stamp) {
    this.#onFailure = onFailure
    this.#stamp = stamp
  }

  get isEmpty(): boolean {
    return this.#pipeline ? this.#pipeline.registry.isEmpty : this.#calls.length === 0
  }

  /** Rejects with a ValidationError for what is no plugin, before any is loaded. Resolves when all are, or have failed to. */
  register(plugins: readonly PluginFor<Instance>[], instance: Instance): Promise<unknown> {
    return this.#call((registry) => registry.register(plugins, instance))
  }

  async deregister(names: readonly string[], instance: Instance): Promise<unknown> {
    return this.isEmpty ? undefined : this.#call((registry) => registry.deregister(names, instance))
  }

  untilLoaded(): Promise<void> | undefined {
    if (this.#pipeline) return this.#pipeline.registry.untilLoaded()
    return this.isEmpty || this.#failure ? undefined : this.#load()
  }

  pass(context: Context, passage: Passage): void {
    if (this.#pipeline) this.#pipeline.pass(context, passage)
    else if (this.#failure) passage.stop(this.#failure)
    else passage.arrive(context, undefined)
  }

  conclude(entry: { readonly context: Context }): Promise<unknown> | undefined {
    return this.#pipeline?.conclude(entry)
  }

  async #call(call: Call<Instance>): Promise<unknown> {
    if (this.#pipeline) return call(this.#pipeline.registry)()
    let complete: Completion | undefined
    this.#calls.push((registry) => {
      complete = call(registry)
    })
    await this.#load()
    if (this.#failure) throw this.#failure
    return complete?.()
  }

  /**
   * The code is a value that all requests share, the promise of loading it is each one's own: whoever has it first applies all
   * calls, so that nobody depends on a request that may have ended.
   */
  async #load(): Promise<void> {
    try {
      const { Pipeline } = await import('./pipeline.ts')
      if (this.#failure) return
      this.#pipeline ??= new Pipeline(CORE, this.#onFailure, this.#stamp)
      for (const call of this.#calls.splice(0)) call(this.#pipeline.registry)
    } catch (cause) {
      this.#fail(cause)
    }
  }

  /** For good: which plugins an event would go without is not known. */
  #fail(cause: unknown): void {
    if (this.#pipeline || this.#failure) return
    const message = 'the code of plugins did not load, so no event goes out'
    this.#failure = new DeliveryError('ERR_PLUGIN', message, { cause })
    this.#onFailure(this.#failure, Context.system())
  }
}
