import type { Readable } from 'node:stream'
import { build } from 'esbuild'
import { Miniflare, type MiniflareOptions } from 'miniflare'

/** Bundles a Worker as wrangler does: for workerd, with what the runtime itself provides left out. */
export async function bundleWorker(entry: string, conditions = ['workerd', 'worker']): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions,
    external: ['cloudflare:*', 'node:*'],
  })
  const [output] = outputFiles
  if (!output) throw new Error(`${entry} made no bundle`)
  return output.text
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
