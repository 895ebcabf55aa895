import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { build } from 'esbuild'
import { Miniflare, type MiniflareOptions } from 'miniflare'

const require = createRequire(import.meta.url)

export interface WorkerdBuild {
  readonly version: string
  readonly age: 'oldest' | 'newest'
  /** Miniflare's own has no path. */
  readonly path: string | undefined
}

/** The oldest build that is supported: that of Miniflare. */
export const OLDEST_WORKERD: WorkerdBuild = {
  version: readVersion(require.resolve('miniflare')),
  age: 'oldest',
  path: undefined,
}

/** The newest build that npm serves. */
export const NEWEST_WORKERD: WorkerdBuild = {
  version: readVersion(import.meta.filename),
  age: 'newest',
  path: findExecutable(),
}

export const WORKERDS = [OLDEST_WORKERD, NEWEST_WORKERD]

function readVersion(from: string): string {
  // The cast: what a package says of itself.
  const { version } = createRequire(from)('workerd/package.json') as { version: string }
  return version
}

/** As `workerd` itself finds it: in the package for this system, whose bin has one file. */
function findExecutable(): string {
  const arch = process.arch === 'x64' ? '64' : process.arch
  const own = createRequire(require.resolve('workerd/package.json'))
  const folder = dirname(
    own.resolve(`@cloudflare/workerd-${process.platform.replace('win32', 'windows')}-${arch}/package.json`),
  )
  return join(folder, 'bin', process.platform === 'win32' ? 'workerd.exe' : 'workerd')
}

const forWorkers = (entry: string, conditions: string[]) => ({
  entryPoints: [entry],
  bundle: true,
  write: false as const,
  format: 'esm' as const,
  target: 'es2022',
  conditions,
  external: ['cloudflare:*', 'node:*'],
})

/** Bundles a Worker as wrangler does: for workerd, with what the runtime itself provides left out. */
export async function bundleWorker(entry: string, conditions = ['workerd', 'worker']): Promise<string> {
  const { outputFiles } = await build(forWorkers(entry, conditions))
  const [output] = outputFiles
  if (!output) throw new Error(`${entry} made no bundle`)
  return output.text
}

/** Bundles a Worker into several modules, the entry first: code that it loads with `import()` is a separate module. */
export async function bundleModules(entry: string): Promise<{ type: 'ESModule'; path: string; contents: string }[]> {
  const { outputFiles } = await build({
    ...forWorkers(entry, ['workerd', 'worker']),
    splitting: true,
    outdir: '/worker',
    entryNames: 'index',
  })
  const modules = outputFiles.map(({ path, text }) => ({
    type: 'ESModule' as const,
    path: basename(path),
    contents: text,
  }))
  return modules.toSorted((one, other) => Number(other.path === 'index.js') - Number(one.path === 'index.js'))
}

export const COMPATIBILITY_DATE = '2026-03-01'

/** Starts workerd and waits until it listens. What the Worker writes to its console is collected in `logs`. */
export async function startWorkerd(
  options: MiniflareOptions,
  { path } = OLDEST_WORKERD,
): Promise<{ url: string; mf: Miniflare; logs: string[] }> {
  const logs: string[] = []
  const handleRuntimeStdio = (stdout: Readable, stderr: Readable) => {
    for (const stream of [stdout, stderr]) stream.on('data', (chunk: Buffer) => logs.push(String(chunk)))
  }
  return withVariable('MINIFLARE_WORKERD_PATH', path, async () => {
    const mf = new Miniflare({ ...options, handleRuntimeStdio })
    const { origin } = await mf.ready
    return { url: origin, mf, logs }
  })
}

let earlier: Promise<unknown> = Promise.resolve()

/** Sets a variable of the environment while something runs; one after the other. */
function withVariable<Result>(name: string, value: string | undefined, act: () => Promise<Result>): Promise<Result> {
  const run = async () => {
    // An empty one is not the same as none.
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
    try {
      return await act()
    } finally {
      delete process.env[name]
    }
  }
  const result = earlier.then(run, run)
  earlier = result
  return result
}
