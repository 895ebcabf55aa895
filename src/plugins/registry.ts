import { DeliveryError } from '../errors.ts'
import { Context } from '../events/context.ts'
import { LoadTask } from './load-task.ts'
import { type PluginFor, type PluginType, validatePlugin } from './plugin.ts'

/** Called for a plugin that did not load or unload. */
export type OnPluginFailure = (reason: DeliveryError, ctx: Context) => void

interface Load<Instance> {
  readonly plugin: PluginFor<Instance>
  readonly task: LoadTask
}

/** A client's plugins, and whether events must wait for one of them. */
export class PluginRegistry<Instance> {
  readonly #limitMs: number
  readonly #onFailure: OnPluginFailure
  #plugins: readonly PluginFor<Instance>[] = []
  #halts: readonly { name: string; reason: DeliveryError }[] = []
  #loads: readonly Load<Instance>[] = []

  /** @param limitMs time limit for loading or unloading */
  constructor(limitMs: number, onFailure: OnPluginFailure) {
    this.#limitMs = limitMs
    this.#onFailure = onFailure
  }

  get isEmpty(): boolean {
    return this.#plugins.length === 0 && this.#halts.length === 0
  }

  /** Why no event may be sent: a critical plugin is missing. */
  get halt(): DeliveryError | undefined {
    return this.#halts[0]?.reason
  }

  list(type: PluginType): readonly PluginFor<Instance>[] {
    return this.#plugins.filter((plugin) => plugin.type === type)
  }

  has(plugin: PluginFor<Instance>): boolean {
    return this.#plugins.includes(plugin)
  }

  /** Resolves once this plugin has loaded or failed to load; undefined if it already has. */
  loadOf(plugin: PluginFor<Instance>): Promise<void> | undefined {
    return this.#loads.find((load) => load.plugin === plugin && !load.task.isOver)?.task.untilOver()
  }

  /**
   * Resolves when it is time to check again for loading plugins; undefined if events need not wait. Events wait for all
   * plugins except destinations that are not critical; these get an event once they have loaded.
   */
  untilLoaded(): Promise<void> | undefined {
    return this.#loads
      .find(({ plugin, task }) => !task.isOver && (plugin.type !== 'destination' || plugin.critical))
      ?.task.untilOver()
  }

  /** Adds all plugins, or none if one is invalid. Resolves when all have loaded or failed to load. */
  async register(plugins: readonly PluginFor<Instance>[], instance: Instance): Promise<void> {
    for (const plugin of plugins) validatePlugin(plugin)
    this.#plugins = [...this.#plugins, ...plugins]
    const loads = plugins.map((plugin) => ({ plugin, task: this.#load(plugin, instance) }))
    this.#loads = [...this.#loads.filter(({ task }) => !task.isOver), ...loads]
    await Promise.all(loads.map(({ task }) => task.untilOver()))
  }

  /**
   * Removes plugins, even while they load; nothing waits for them any longer. Resolves when all have unloaded or failed
   * to unload.
   */
  async deregister(names: readonly string[], instance: Instance): Promise<void> {
    const leaving = this.#plugins.filter(({ name }) => names.includes(name))
    this.#plugins = this.#plugins.filter((plugin) => !leaving.includes(plugin))
    for (const { plugin, task } of this.#loads) if (leaving.includes(plugin)) task.abandon()
    this.#loads = this.#loads.filter(({ task }) => !task.isOver)
    this.#halts = this.#halts.filter(({ name }) => !names.includes(name))
    await Promise.all(leaving.map((plugin) => this.#unload(plugin, instance).untilOver()))
  }

  #load(plugin: PluginFor<Instance>, instance: Instance): LoadTask {
    const ctx = Context.system()
    const run = async () => {
      await plugin.load?.(ctx, instance)
      await plugin.ready?.()
    }
    return new LoadTask(run, this.#limitMs, (cause) => {
      // Deregistered while loading, so the failure no longer matters.
      if (!this.has(plugin)) return
      const { name, critical = false } = plugin
      this.#plugins = this.#plugins.filter((other) => other !== plugin)
      const effect = critical ? 'it is critical, so no event goes out' : 'events go out without it'
      const reason = new DeliveryError('ERR_PLUGIN', `the plugin '${name}' did not load; ${effect}`, { cause })
      if (critical) this.#halts = [...this.#halts, { name, reason }]
      ctx.log('warn', 'Failed to load plugin', { plugin: name, error: cause })
      this.#onFailure(reason, ctx)
    })
  }

  #unload(plugin: PluginFor<Instance>, instance: Instance): LoadTask {
    const ctx = Context.system()
    const run = async () => plugin.unload?.(ctx, instance)
    return new LoadTask(run, this.#limitMs, (cause) => {
      const message = `the plugin '${plugin.name}' is deregistered, but its unload failed`
      ctx.log('warn', 'Failed to unload plugin', { plugin: plugin.name, error: cause })
      this.#onFailure(new DeliveryError('ERR_PLUGIN', message, { cause }), ctx)
    })
  }
}
