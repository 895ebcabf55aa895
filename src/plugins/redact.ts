import { ValidationError } from '../errors.ts'
import type { Context } from '../events/context.ts'
import { EVENT_TYPES } from '../lib/event-types.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import { setPath } from '../lib/set-path.ts'
import { describeValue, throwInvalid } from '../settings/check.ts'
import { checkOptions } from '../settings/check-options.ts'
import type { PluginFor } from './plugin.ts'

/** Fields of events, as paths: `traits.email`, `properties.items.0.name`. */
export interface RedactOptions {
  /**
   * Fields to remove.
   * @default none
   */
  drop?: readonly string[] | undefined
  /**
   * Fields to replace with the SHA-256 hash of their text, in hexadecimal.
   * @default none
   */
  hash?: readonly string[] | undefined
  /**
   * Fields to keep in their objects: `properties.plan` removes all other `properties`.
   * @default all
   */
  keep?: readonly string[] | undefined
}

/** Segment needs all other fields of an event. The excluded keys could reach an object's prototype. */
const PATH =
  /^(properties|traits|context|userId|anonymousId|groupId|previousId|name|category)(\.(?!(__proto__|constructor|prototype|toJSON)(\.|$))[^.]+)*$/

/**
 * Creates a plugin that removes or hashes fields of each event before anything else sees them. It is critical: no event is sent without it.
 *
 * @throws {@link ValidationError} for an unknown option, and for a value that is not an array of paths into an event
 * @example
 * await analytics.register(redact({ drop: ['context.ip'], hash: ['traits.email'], keep: ['properties.plan'] }))
 */
export function redact(
  options: RedactOptions,
): PluginFor<unknown> & Required<Pick<PluginFor<unknown>, 'isLoaded' | 'load'>> {
  const checks = { drop: checkPaths, hash: checkPaths, keep: checkPaths }
  const { drop, hash, keep } = checkOptions<RedactOptions, typeof checks>(options, checks)
  const hook = async (ctx: Context): Promise<Context> => {
    keepOnly(ctx, keep)
    for (const path of drop) if (readPath(ctx.event, path) !== undefined) ctx.updateEvent(path, undefined)
    for (const path of hash) {
      const value = readPath(ctx.event, path)
      if (value !== undefined && value !== null) ctx.updateEvent(path, await sha256(value))
    }
    return ctx
  }
  const hooks = Object.fromEntries(EVENT_TYPES.map((type) => [type, hook]))
  return {
    ...hooks,
    name: 'redact',
    type: 'before',
    critical: true,
    isLoaded: () => true,
    load: () => Promise.resolve(),
  }
}

function checkPaths(name: string, given: RedactOptions['drop'] | null): readonly string[] {
  const paths = given ?? []
  if (!Array.isArray(paths)) throwInvalid(name, 'an array of paths', paths)
  for (const path of paths) {
    if (typeof path === 'string' && PATH.test(path)) continue
    throw new ValidationError(
      name,
      `must contain paths into an event, like 'traits.email'; one is ${describeValue(path)}`,
    )
  }
  return paths
}

function keepOnly(ctx: Context, paths: readonly string[]): void {
  const roots = new Set(paths.map((path) => path.split('.')[0] ?? ''))
  const { event } = ctx
  for (const root of roots) {
    // The whole object is kept.
    if (paths.includes(root)) continue
    let kept: Record<string, unknown> = {}
    for (const path of paths) {
      const value = path.startsWith(`${root}.`) ? readPath(event, path) : undefined
      if (value !== undefined) kept = setPath(kept, path, value)
    }
    if (isPlainObject(readPath(event, root))) ctx.updateEvent(root, kept[root] ?? {})
  }
}

/** The value at a path; undefined if there is none. */
function readPath(fields: unknown, path: string): unknown {
  return path.split('.').reduce((value: unknown, key) => {
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    // The cast: it has the key.
    return isThere ? (value as Record<string, unknown>)[key] : undefined
  }, fields)
}

async function sha256(value: unknown): Promise<string> {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
