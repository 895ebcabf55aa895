import { Context } from '../context.ts'
import { DeliveryError } from '../errors.ts'
import { type PluginFor, type PluginType, validatePlugin } from './plugin.ts'

/** Told of a plugin that did not load or unload. */
export type OnPluginFailure = (reason: DeliveryError, ctx: Context) => void

/** How often a request looks whether a plugin has loaded that another request loads. */
const LOOK_AGAIN_MS = 10

/** The plugins of a client, and whether events have to wait for one of them. */
export class PluginRegistry<Instance> {
  readonly #onFailure: OnPluginFailure
  readonly #isSharedByRequests: boolean
  #plugins: readonly PluginFor<Instance>[] = []
  #halts: readonly { name: string; reason: DeliveryError }[] = []
  readonly #loads = new Map<PluginFor<Instance>, Promise<void>>()
  #loadingCount = 0
  #waiting: (() => void)[] = []

  /** @param isSharedByRequests whether the host keeps a request from waiting for another's promise */
  constructor(onFailure: OnPluginFailure, isSharedByRequests: boolean) {
    this.#onFailure = onFailure
    this.#isSharedByRequests = isSharedByRequests
  }

  get isEmpty(): boolean {
    return this.#plugins.length === 0 && this.#halts.length === 0 && this.#loadingCount === 0
  }

  /** Why no event may go out: a critical plugin is missing. */
  get halt(): DeliveryError | undefined {
    return this.#halts[0]?.reason
  }

  list(type: PluginType): readonly PluginFor<Instance>[] {
    return this.#plugins.filter((plugin) => plugin.type === type)
  }

  /** Resolves once this plugin has loaded, or failed to; undefined where it has. */
  loadOf(plugin: PluginFor<Instance>): Promise<void> | undefined {
    const load = this.#loads.get(plugin)
    return load && this.#isSharedByRequests ? this.#lookUntilLoaded(plugin) : load
  }

  has(plugin: PluginFor<Instance>): boolean {
    return this.#plugins.includes(plugin)
  }

  /** Resolves when it is time to ask again whether a plugin is loading for which events wait; undefined where none is. */
  untilLoaded(): Promise<void> | undefined {
    if (this.#loadingCount === 0) return undefined
    return this.#isSharedByRequests ? pause() : new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Throws a ValidationError for what is no plugin, before any is loaded. Resolves when all are, or have failed to. */
  register(plugins: readonly PluginFor<Instance>[], instance: Instance): Promise<unknown> {
    for (const plugin of plugins) validatePlugin(plugin)
    this.#plugins = [...this.#plugins, ...plugins]
    const loads = plugins.map((plugin) => {
      const load = this.#load(plugin, instance)
      this.#loads.set(plugin, load)
      return load.finally(() => this.#loads.delete(plugin))
    })
    return Promise.all(loads)
  }

  async deregister(names: readonly string[], instance: Instance): Promise<void> {
    const leaving = this.#plugins.filter(({ name }) => names.includes(name))
    this.#plugins = this.#plugins.filter((plugin) => !leaving.includes(plugin))
    this.#halts = this.#halts.filter(({ name }) => !names.includes(name))
    await Promise.all(leaving.map((plugin) => this.#unload(plugin, instance)))
  }

  async #load(plugin: PluginFor<Instance>, instance: Instance): Promise<void> {
    const holdsEvents = plugin.type !== 'destination' || plugin.critical === true
    if (holdsEvents) this.#loadingCount++
    const ctx = Context.system()
    try {
      await plugin.load?.(ctx, instance)
      await plugin.ready?.()
    } catch (cause) {
      this.#fail(plugin, ctx, cause)
    }
    if (holdsEvents && --this.#loadingCount === 0) this.#releaseWaiting()
  }

  #fail(plugin: PluginFor<Instance>, ctx: Context, cause: unknown): void {
    const { name, critical = false } = plugin
    this.#plugins = this.#plugins.filter((other) => other !== plugin)
    const effect = critical ? 'it is critical, so no event goes out' : 'events go out without it'
    const reason = new DeliveryError('ERR_PLUGIN', `the plugin '${name}' did not load; ${effect}`, { cause })
    if (critical) this.#halts = [...this.#halts, { name, reason }]
    ctx.log('warn', 'Failed to load plugin', { plugin: name, error: cause })
    this.#onFailure(reason, ctx)
  }

  /** Never rejects: a load that fails ends as well. */
  async #lookUntilLoaded(plugin: PluginFor<Instance>): Promise<void> {
    while (this.#loads.has(plugin)) await pause()
  }

  #releaseWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  async #unload(plugin: PluginFor<Instance>, instance: Instance): Promise<void> {
    const ctx = Context.system()
    try {
      await plugin.unload?.(ctx, instance)
    } catch (cause) {
      const message = `the plugin '${plugin.name}' is deregistered, but its unload failed`
      ctx.log('warn', 'Failed to unload plugin', { plugin: plugin.name, error: cause })
      this.#onFailure(new DeliveryError('ERR_PLUGIN', message, { cause }), ctx)
    }
  }
}

/** A timer and a promise of the request that waits, of no other. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LOOK_AGAIN_MS)
  })
}
