import { ValidationError } from '../errors.ts'
import type { Context } from '../events/context.ts'
import { EVENT_TYPES } from '../lib/event-types.ts'
import { describeValue } from '../settings/check.ts'
import type { SegmentEventType } from '../types.ts'

/** When a plugin runs; within a type, plugins run in the order in which they were registered. */
export type PluginType =
  /** First. One that throws stops its event. */
  | 'before'
  /** Changes events. One that throws is logged, and the event goes on. */
  | 'enrichment'
  /** Gets events for somewhere else, beside Segment. All run at once. */
  | 'destination'
  /** When the outcome of an event is known. */
  | 'after'
  /** Only loaded, once: to change how the client works. */
  | 'utility'

type Hook = (ctx: Context) => Promise<Context> | Context

/**
 * Extends the client. `Instance` is the client's class, given to `load`.
 *
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#plugin-architecture | Segment's library: plugins}
 */
export interface PluginFor<Instance> extends Partial<Record<SegmentEventType, Hook>> {
  /** By which it is deregistered, and switched off by a call's `integrations`. */
  name: string
  type: PluginType
  version?: string | undefined
  /** Further names by which `integrations` may switch a destination off. */
  alternativeNames?: string[] | null | undefined
  /**
   * No event goes out without this plugin: if it does not load, every event fails, with the reason. Use it for a plugin that removes
   * personal data, for example.
   * @default false: a plugin that does not load is left out, with a warning
   */
  critical?: boolean | undefined
  /** Kept for plugins written for Segment's library; nothing depends on its answer. */
  isLoaded?: (() => boolean) | undefined
  /** Called once, when registered. Events wait for it, at most `pluginTimeout`, unless it is a destination's. */
  load?: ((ctx: Context, instance: Instance) => Promise<unknown> | unknown) | undefined
  /** Called after `load`, and awaited like it. */
  ready?: (() => Promise<unknown> | unknown) | undefined
  /** Called when deregistered. */
  unload?: ((ctx: Context, instance: Instance) => Promise<unknown> | unknown) | undefined
}

const TYPES: readonly PluginType[] = ['before', 'enrichment', 'destination', 'after', 'utility']

/** Throws a ValidationError that names the first invalid field. */
export function validatePlugin(plugin: PluginFor<never>): void {
  if (typeof plugin !== 'object' || plugin === null) {
    throw new ValidationError('plugin', `must be an object with name and type, not ${describeValue(plugin)}`)
  }
  if (typeof plugin.name !== 'string' || plugin.name === '') {
    throw new ValidationError('plugin.name', `must be a non-empty string, not ${describeValue(plugin.name)}`)
  }
  const of = `of the plugin '${plugin.name}'`
  if (!TYPES.includes(plugin.type)) {
    throw new ValidationError('plugin.type', `${of} must be one of ${TYPES.join(', ')}`)
  }
  const { alternativeNames } = plugin
  if (alternativeNames && !Array.isArray(alternativeNames)) {
    throw new ValidationError(
      'plugin.alternativeNames',
      `${of} must be an array, not ${describeValue(alternativeNames)}`,
    )
  }
  for (const name of ['isLoaded', 'load', 'ready', 'unload', ...EVENT_TYPES] as const) {
    const value: unknown = plugin[name]
    if (value === undefined || typeof value === 'function') continue
    throw new ValidationError(`plugin.${name}`, `${of} must be a function, not ${describeValue(value)}`)
  }
}
