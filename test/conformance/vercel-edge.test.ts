import { EdgeRuntime } from 'edge-runtime'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { findGap } from './known-gaps.ts'
import type { CaseResult } from './run-all.ts'
import { cases } from './suite.ts'

/** Bundles as Vercel's builders do: what the runtime lacks must not be in it. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL('./edge-entry.ts', import.meta.url).pathname],
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

describe("Vercel's edge runtime", () => {
  let collector: Collector
  let runtime: EdgeRuntime

  beforeAll(async () => {
    collector = await startCollector()
    runtime = new EdgeRuntime({ initialCode: await bundle() })
  })
  afterAll(() => collector.close())

  for (const { name } of cases) {
    const define = findGap('vercel-edge', name) ? it.fails : it.concurrent
    define(name, async () => {
      const query = new URLSearchParams({ case: name, collector: collector.url })
      const response = await runtime.dispatchFetch(`http://edge/?${query}`)
      // A cast: the entry answers nothing else.
      const { ok, error } = (await response.json()) as CaseResult
      if (!ok) throw new Error(error)
    })
  }
})
