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

/** What is built as ES modules in one go. */
const MODULES = { ...ENTRIES.both, workerd: 'runtimes/workers/root.workerd.ts' }
/** The declarations of the main entry are those for users; its module also holds what wrappers import. */
const DECLARATIONS = { ...MODULES, ...ENTRIES.workers, index: 'src/index.ts' }

export default defineConfig([
  // One program for all declarations, whatever form the code has. `scripts/finish-types.ts` makes those of CommonJS of them.
  { ...shared, format: 'esm', dts: { only: true }, entry: DECLARATIONS },
  // Bundlers for workerd take ES modules, so its entry needs no other form.
  // What is loaded with `import()` is a file of its own there; in the other form it stays inside.
  {
    ...shared,
    format: 'esm',
    splitting: true,
    entry: MODULES,
  },
  // Alone, so that the modules above share no chunk with it.
  { ...shared, format: 'esm', entry: ENTRIES.workers },
  { ...shared, format: 'cjs', entry: ENTRIES.both },
  // On Workers, these stand on the core that binds itself to requests.
  {
    ...shared,
    format: 'esm',
    esbuildPlugins: [keepCoreOutside('workerd')],
    entry: ENTRIES.onWorkersCore,
  },
])
