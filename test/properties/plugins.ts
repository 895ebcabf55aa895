import type { Context, Plugin } from '../../src/index.ts'
import { pause } from './pause.ts'
import type { PluginSpec } from './program.ts'

/** A plugin that behaves as the program says. */
export function createPlugin({ type, hook, load }: PluginSpec, index: number): Plugin {
  const run = createHook(hook)
  return {
    name: `plugin ${index}`,
    type,
    critical: load === 'fail-critical',
    load: createLoad(load),
    track: run,
    identify: run,
    page: run,
    screen: run,
    group: run,
    alias: run,
  }
}

function createHook(kind: PluginSpec['hook']): (ctx: Context) => Context | Promise<Context> {
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
        // The cast is the point: a plugin in JavaScript may forget to answer.
        return undefined as unknown as Context
      case 'never':
        return new Promise(() => {})
      default:
        ctx.updateEvent('context.seen', true)
        return ctx
    }
  }
}

function createLoad(kind: PluginSpec['load']): () => Promise<unknown> {
  return async () => {
    if (kind === 'none') return
    await pause()
    if (kind !== 'slow') throw new Error('a plugin that does not load')
  }
}
