import { fileURLToPath } from 'node:url'
import { EdgeRuntime } from 'edge-runtime'
import edgeRuntime from 'edge-runtime/package.json' with { type: 'json' }
import { build } from 'esbuild'
import type { RunSuite } from '../runtime.ts'
import { runByRequests } from './request.ts'

/** Runs the suite in a function on the edge runtime. */
export const inEdgeRuntime: RunSuite = async (...args) => {
  const runtime = new EdgeRuntime({ initialCode: await bundleSuite() })
  await runByRequests((url) => runtime.dispatchFetch(url), args)
  return edgeRuntime.version
}

/** Bundles as Vercel's builders do: what the runtime lacks must not be in it. */
async function bundleSuite(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./edge-suite.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    conditions: ['edge-light', 'worker'],
  })
  const [file] = outputFiles
  if (!file) throw new Error('esbuild made no file')
  return file.text
}
