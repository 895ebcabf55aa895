import { defineConfig, type Options } from 'tsup'

const entry = {
  index: 'src/index.ts',
  segment: 'runtimes/segment/index.ts',
  workers: 'runtimes/workers/index.ts',
  vercel: 'runtimes/vercel/index.ts',
  next: 'runtimes/vercel/index.react-server.ts',
  lambda: 'runtimes/lambda/index.ts',
  request: 'runtimes/request/index.ts',
  node: 'runtimes/node/index.ts',
  'node-edge': 'runtimes/node/index.edge-light.ts',
  testing: 'runtimes/testing/index.ts',
  plan: 'runtimes/plan/index.ts',
}

const shared: Options = {
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/, /^cloudflare:/, /^next\//],
  dts: true,
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
      build.onResolve({ filter: /src\/index\.ts$/ }, ({ kind }) =>
        kind === 'entry-point' ? undefined : { path: `./${core}.${extension}`, external: true },
      )
    },
  }
}

export default defineConfig([
  // Bundlers for workerd take ES modules, so its entry needs no other form.
  // What is loaded with `import()` is a file of its own there; in the other form it stays inside.
  {
    ...shared,
    format: 'esm',
    splitting: true,
    entry: { ...entry, workerd: 'runtimes/workers/root.workerd.ts' },
  },
  // Alone, so that the modules above share no chunk with it.
  { ...shared, format: 'esm', entry: { 'workers.workerd': 'runtimes/workers/index.workerd.ts' } },
  { ...shared, format: 'cjs', entry },
  // On Workers, these stand on the core that binds itself to requests.
  {
    ...shared,
    format: 'esm',
    dts: false,
    esbuildPlugins: [keepCoreOutside('workerd')],
    entry: { 'segment-workerd': 'runtimes/segment/index.ts', 'testing-workerd': 'runtimes/testing/index.ts' },
  },
])
