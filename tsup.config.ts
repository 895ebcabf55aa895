import { defineConfig, type Options } from 'tsup'
import { ENTRIES } from './scripts/subpaths.ts'

const shared: Options = {
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/, /^cloudflare:/, /^next\//],
  splitting: false,
  // Deno knows `node:process`, and takes `process` for a package.
  removeNodeProtocol: false,
  tsconfig: 'tsconfig.build.json',
  esbuildPlugins: [keepCoreOutside('index')],
}

/** A wrapper and the core that it wraps must be one copy: an `Analytics` of one is an `Analytics` of the other. */
function keepCoreOutside(core: string): NonNullable<Options['esbuildPlugins']>[number] {
  return {
    name: 'core-stays-one-module',
    setup(build) {
      const extension = build.initialOptions.format === 'cjs' ? 'cjs' : 'js'
      build.onResolve({ filter: /src\/(kit\/)?index\.ts$/ }, ({ kind }) =>
        kind === 'entry-point' ? undefined : { path: `./${core}.${extension}`, external: true },
      )
    },
  }
}

/** The declarations of the main entry are those for users; its module also holds what wrappers import. */
const withTypes = (entry: Record<string, string>): Pick<Options, 'entry' | 'dts'> => ({
  entry,
  dts: { entry: 'index' in entry ? { ...entry, index: 'src/index.ts' } : entry },
})

export default defineConfig([
  // Bundlers for workerd take ES modules, so its entry needs no other form.
  // What is loaded with `import()` is a file of its own there; in the other form it stays inside.
  {
    ...shared,
    format: 'esm',
    splitting: true,
    ...withTypes({ ...ENTRIES.both, workerd: 'runtimes/workers/root.workerd.ts' }),
  },
  // Alone, so that the modules above share no chunk with it.
  { ...shared, format: 'esm', ...withTypes(ENTRIES.workers) },
  { ...shared, format: 'cjs', ...withTypes(ENTRIES.both) },
  // On Workers, these stand on the core that binds itself to requests.
  {
    ...shared,
    format: 'esm',
    esbuildPlugins: [keepCoreOutside('workerd')],
    entry: ENTRIES.onWorkersCore,
  },
])
