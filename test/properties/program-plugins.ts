import { Context, type Plugin, type SegmentEvent } from '../../src/index.ts'
import { pause } from './pause.ts'
import type { PluginSpec } from './program.ts'

/** What code of the user may do with the client. Each returns a promise or nothing. */
export interface ClientDeeds {
  track(): unknown
  flush(): unknown
  register(): unknown
  deregister(): unknown
}

export function namePlugin(index: number): string {
  return `plugin ${index}`
}

/** A plugin that behaves as the program says. */
export function createPlugin({ type, hook, load, unload }: PluginSpec, index: number, deeds: ClientDeeds): Plugin {
  const run = createHook(hook, deeds)
  return {
    name: namePlugin(index),
    type,
    critical: load === 'fail-critical' || load === 'never-critical',
    load: createLoad(load, deeds),
    unload: createUnload(unload),
    track: run,
    identify: run,
    page: run,
    screen: run,
    group: run,
    alias: run,
  }
}

function createHook(kind: PluginSpec['hook'], deeds: ClientDeeds): (ctx: Context) => Context | Promise<Context> {
  return (ctx) => {
    switch (kind) {
      case 'async':
        return Promise.resolve(ctx)
      case 'slow':
        return pause().then(() => ctx)
      case 'throw':
        throw new Error('a plugin that throws')
      case 'reject':
        return Promise.reject(new Error('a plugin that rejects'))
      case 'drop':
        // The cast is the point: a plugin in JavaScript may forget to return.
        return undefined as unknown as Context
      case 'replace':
        return new Context({ ...ctx.event, context: { ...ctx.event.context, seen: true } }, ctx.id)
      case 'erase':
      case 'strip':
      case 'break':
        spoil(ctx, kind)
        return ctx
      case 'never':
        return new Promise(() => {})
      case 'track':
        deeds.track()
        return ctx
      case 'flush':
      case 'register':
      case 'deregister':
        return Promise.resolve(deeds[kind]()).then(() => ctx)
      default:
        Context.prototype.updateEvent.call(ctx, 'context.seen', true)
        return ctx
    }
  }
}

/** What code may do to the context that it was given. The casts are the point: nothing keeps a program in JavaScript from it. */
export function spoil(ctx: Context, kind: 'erase' | 'strip' | 'break'): void {
  if (kind === 'erase') ctx.event = undefined as unknown as SegmentEvent
  if (kind === 'strip') delete (ctx.event as Partial<SegmentEvent> | undefined)?.type
  if (kind !== 'break') return
  for (const name of [
    'log',
    'logs',
    'failedDelivery',
    'setFailedDelivery',
    'fork',
    'updateEvent',
    'toJSON',
    'attempts',
  ]) {
    Object.defineProperty(ctx, name, { value: undefined })
  }
}

function createLoad(kind: PluginSpec['load'], deeds: ClientDeeds): () => Promise<unknown> {
  return async () => {
    if (kind === 'none') return
    if (kind === 'track') return deeds.track()
    if (kind === 'never' || kind === 'never-critical') return new Promise(() => {})
    await pause()
    if (kind !== 'slow') throw new Error('a plugin that does not load')
  }
}

function createUnload(kind: PluginSpec['unload']): () => unknown {
  return () => {
    if (kind === 'throw') throw new Error('a plugin that does not unload')
    if (kind === 'slow') return pause()
    return kind === 'never' ? new Promise(() => {}) : undefined
  }
}
