import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { build } from 'esbuild'
import { Miniflare, type MiniflareOptions } from 'miniflare'

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

/** Bundles a Worker in several modules, the one to start with first: what it loads with `import()` is one of its own. */
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
export async function startWorkerd(options: MiniflareOptions): Promise<{ url: string; mf: Miniflare; logs: string[] }> {
  const logs: string[] = []
  const mf = new Miniflare({
    ...options,
    handleRuntimeStdio(stdout: Readable, stderr: Readable) {
      stdout.on('data', (chunk: Buffer) => logs.push(String(chunk)))
      stderr.on('data', (chunk: Buffer) => logs.push(String(chunk)))
    },
  })
  const { origin } = await mf.ready
  return { url: origin, mf, logs }
}
