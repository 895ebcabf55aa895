import { fileURLToPath } from 'node:url'
import workerd from 'workerd/package.json' with { type: 'json' }
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../../support/workerd.ts'
import type { RunSuite } from '../runtime.ts'
import { runByRequests } from './request.ts'

/** Runs the suite in a Worker with these flags. */
export function inWorkerd(...compatibilityFlags: string[]): RunSuite {
  return async (...args) => {
    const script = await bundleSuite()
    const { mf } = await startWorkerd({
      modules: true,
      script,
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags,
    })
    try {
      await runByRequests((url) => mf.dispatchFetch(url), args)
    } finally {
      await mf.dispose()
    }
    return workerd.version
  }
}

export function bundleSuite(): Promise<string> {
  return bundleWorker(fileURLToPath(new URL('./workerd-entry.ts', import.meta.url)))
}
