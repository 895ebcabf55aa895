import { ValidationError } from '../errors.ts'
import type { Context } from '../events/context.ts'
import { EVENT_TYPES } from '../lib/event-types.ts'
import { describeValue, throwInvalid } from '../settings/check.ts'
import type { SegmentEventType } from '../types.ts'

/** When a plugin runs; within a type, plugins run in the order in which they were registered. */
export type PluginType =
  /** Runs first. If it throws, its event fails. */
  | 'before'
  /** Changes events. If it throws, the error is logged and the event continues. */
  | 'enrichment'
  /** Sends events to services other than Segment. All run in parallel. */
  | 'destination'
  /** Runs when the outcome of an event is known. */
  | 'after'
  /** Is only loaded, once: to change how the client works. */
  | 'utility'

type Hook = (ctx: Context) => Promise<Context> | Context

/**
 * Extends the client. `Instance` is the client's class, an argument of `load`.
 *
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#plugin-architecture | Segment's library: plugins}
 */
export interface PluginFor<Instance> extends Partial<Record<SegmentEventType, Hook>> {
  /** Identifies it in `deregister()`, and in the `integrations` of a call. */
  name: string
  type: PluginType
  version?: string | undefined
  /** More names by which `integrations` can switch a destination off. */
  alternativeNames?: string[] | null | undefined
  /**
   * Whether no event may be sent without this plugin: if it fails to load, every event fails with that reason. For example, a
   * plugin that removes personal data.
   * @default false: a plugin that does not load is skipped, with a warning
   */
  critical?: boolean | undefined
  /** For plugins written for Segment's library. The SDK ignores the result. */
  isLoaded?: (() => boolean) | undefined
  /** Called once, at registration. Events wait for it, for at most `pluginTimeout`, unless the plugin is a destination. */
  load?: ((ctx: Context, instance: Instance) => Promise<unknown> | unknown) | undefined
  /** Called after `load`, and awaited like it. */
  ready?: (() => Promise<unknown> | unknown) | undefined
  /** Called when the plugin is deregistered. */
  unload?: ((ctx: Context, instance: Instance) => Promise<unknown> | unknown) | undefined
}

const TYPES: readonly PluginType[] = ['before', 'enrichment', 'destination', 'after', 'utility']

/** Throws a ValidationError that names the first invalid field. */
export function validatePlugin(plugin: PluginFor<never>): void {
  if (typeof plugin !== 'object' || plugin === null) {
    throwInvalid('plugin', 'an object with name and type', plugin)
  }
  if (typeof plugin.name !== 'string' || plugin.name === '')
    throwInvalid('plugin.name', 'a non-empty string', plugin.name)
  const of = `of the plugin '${plugin.name}'`
  if (!TYPES.includes(plugin.type)) {
    throw new ValidationError('plugin.type', `${of} must be one of ${TYPES.join(', ')}`)
  }
  const { alternativeNames } = plugin
  if (alternativeNames && !Array.isArray(alternativeNames)) {
    throw new ValidationError(
      'plugin.alternativeNames',
      `${of} must be an array; it is ${describeValue(alternativeNames)}`,
    )
  }
  for (const name of ['isLoaded', 'load', 'ready', 'unload', ...EVENT_TYPES] as const) {
    const value: unknown = plugin[name]
    if (value === undefined || typeof value === 'function') continue
    throw new ValidationError(`plugin.${name}`, `${of} must be a function; it is ${describeValue(value)}`)
  }
}
