import type { Readable } from 'node:stream'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { findGap } from './known-gaps.ts'
import type { CaseResult } from './run-all.ts'
import { cases } from './suite.ts'

/** Bundles as wrangler does. */
async function bundleWorker(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL('./workerd-entry.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:*'],
  })
  const [file] = outputFiles
  if (!file) throw new Error('esbuild made no file')
  return file.text
}

it('the library under test is the one that the `workerd` condition names', async () => {
  expect(await bundleWorker()).toMatch(/from "cloudflare:workers"/)
})

describe.each([
  { name: 'workerd', compatibilityFlags: [] },
  { name: 'workerd with nodejs_compat', compatibilityFlags: ['nodejs_compat'] },
])('$name', ({ compatibilityFlags }) => {
  let collector: Collector
  let miniflare: Miniflare

  beforeAll(async () => {
    collector = await startCollector()
    miniflare = new Miniflare({
      modules: true,
      script: await bundleWorker(),
      compatibilityDate: '2026-03-01',
      compatibilityFlags,
      // Cases in which the user's own code throws make the library log it.
      handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
        stdout.resume()
        stderr.resume()
      },
    })
    await miniflare.ready
  })
  afterAll(async () => {
    await miniflare.dispose()
    await collector.close()
  })

  for (const { name } of cases) {
    const gap = findGap('cloudflare-worker', name)
    const define = gap ? it.fails : it.concurrent
    define(name, async () => {
      const query = new URLSearchParams({ case: name, collector: collector.url })
      const response = await miniflare.dispatchFetch(`http://worker/?${query}`)
      // A cast: the Worker answers nothing else.
      const { ok, error } = (await response.json()) as CaseResult
      if (!ok) throw new Error(error)
    })
  }
})
