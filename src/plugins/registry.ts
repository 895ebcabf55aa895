import type { DeliveryError } from '../errors.ts'
import type { Context } from '../events/context.ts'
import type { Core } from './core.ts'
import { type PluginFor, type PluginType, validatePlugin } from './plugin.ts'
import { RequestTask } from './request-task.ts'

/** Told of a plugin that did not load or unload. */
export type OnPluginFailure = (reason: DeliveryError, ctx: Context) => void

/** Waits for the end of what was done, on behalf of the request that calls it. */
export type Completion = () => Promise<unknown>

interface Load<Instance> {
  readonly plugin: PluginFor<Instance>
  readonly task: RequestTask
}

/** The plugins of a client, and whether events have to wait for one of them. */
export class PluginRegistry<Instance> {
  readonly #core: Core
  readonly #onFailure: OnPluginFailure
  #plugins: readonly PluginFor<Instance>[] = []
  #halts: readonly { name: string; reason: DeliveryError }[] = []
  #loads: readonly Load<Instance>[] = []

  constructor(core: Core, onFailure: OnPluginFailure) {
    this.#core = core
    this.#onFailure = onFailure
  }

  get isEmpty(): boolean {
    return this.#plugins.length === 0 && this.#halts.length === 0 && !this.#findHoldingLoad()
  }

  /** Why no event may go out: a critical plugin is missing. */
  get halt(): DeliveryError | undefined {
    return this.#halts[0]?.reason
  }

  list(type: PluginType): readonly PluginFor<Instance>[] {
    return this.#plugins.filter((plugin) => plugin.type === type)
  }

  has(plugin: PluginFor<Instance>): boolean {
    return this.#plugins.includes(plugin)
  }

  /** Resolves once this plugin has loaded, or failed to; undefined where it has. */
  loadOf(plugin: PluginFor<Instance>): Promise<void> | undefined {
    return this.#loads.find((load) => load.plugin === plugin && !load.task.isOver)?.task.untilOver()
  }

  /** Resolves when it is time to ask again whether a plugin is loading for which events wait; undefined where none is. */
  untilLoaded(): Promise<void> | undefined {
    return this.#findHoldingLoad()?.task.untilOver()
  }

  /** Adds plugins, or none where one of them is wrong. Complete when all have loaded, or failed to; rejects for a wrong one. */
  register(plugins: readonly PluginFor<Instance>[], instance: Instance): Completion {
    try {
      for (const plugin of plugins) validatePlugin(plugin, this.#core)
    } catch (error) {
      return () => Promise.reject(error)
    }
    this.#plugins = [...this.#plugins, ...plugins]
    const loads = plugins.map((plugin) => ({ plugin, task: this.#begin(() => this.#load(plugin, instance)) }))
    this.#loads = [...this.#loads.filter(({ task }) => !task.isOver), ...loads]
    return () => Promise.all(loads.map(({ task }) => task.untilOver()))
  }

  /** Removes plugins. Complete when all have unloaded, or failed to. */
  deregister(names: readonly string[], instance: Instance): Completion {
    const leaving = this.#plugins.filter(({ name }) => names.includes(name))
    this.#plugins = this.#plugins.filter((plugin) => !leaving.includes(plugin))
    this.#halts = this.#halts.filter(({ name }) => !names.includes(name))
    const tasks = leaving.map((plugin) => this.#begin(() => this.#unload(plugin, instance)))
    return () => Promise.all(tasks.map((task) => task.untilOver()))
  }

  #begin(run: () => Promise<void>): RequestTask {
    return new RequestTask(new this.#core.RequestGuard(), run)
  }

  /** Events wait for all but destinations, which get an event when they have loaded, unless they are critical. */
  #findHoldingLoad(): Load<Instance> | undefined {
    return this.#loads.find(({ plugin, task }) => !task.isOver && (plugin.type !== 'destination' || plugin.critical))
  }

  async #load(plugin: PluginFor<Instance>, instance: Instance): Promise<void> {
    const ctx = this.#core.Context.system()
    try {
      await plugin.load?.(ctx, instance)
      await plugin.ready?.()
    } catch (cause) {
      this.#fail(plugin, ctx, cause)
    }
  }

  #fail(plugin: PluginFor<Instance>, ctx: Context, cause: unknown): void {
    const { name, critical = false } = plugin
    this.#plugins = this.#plugins.filter((other) => other !== plugin)
    const effect = critical ? 'it is critical, so no event goes out' : 'events go out without it'
    const reason = new this.#core.DeliveryError('ERR_PLUGIN', `the plugin '${name}' did not load; ${effect}`, { cause })
    if (critical) this.#halts = [...this.#halts, { name, reason }]
    ctx.log('warn', 'Failed to load plugin', { plugin: name, error: cause })
    this.#onFailure(reason, ctx)
  }

  async #unload(plugin: PluginFor<Instance>, instance: Instance): Promise<void> {
    const ctx = this.#core.Context.system()
    try {
      await plugin.unload?.(ctx, instance)
    } catch (cause) {
      const message = `the plugin '${plugin.name}' is deregistered, but its unload failed`
      ctx.log('warn', 'Failed to unload plugin', { plugin: plugin.name, error: cause })
      this.#onFailure(new this.#core.DeliveryError('ERR_PLUGIN', message, { cause }), ctx)
    }
  }
}
