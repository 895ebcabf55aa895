import { fileURLToPath } from 'node:url'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, type WorkerdBuild } from '../../support/workerd.ts'
import type { RunSuite } from '../runtime.ts'
import { runByRequests } from './request.ts'

/** Runs the suite in a Worker with these flags. */
export function inWorkerd(build: WorkerdBuild, ...compatibilityFlags: string[]): RunSuite {
  return async (...args) => {
    const script = await bundleSuite()
    const options = { modules: true as const, script, compatibilityDate: COMPATIBILITY_DATE, compatibilityFlags }
    const { mf } = await startWorkerd(options, build)
    try {
      await runByRequests((url) => mf.dispatchFetch(url), args)
    } finally {
      await mf.dispose()
    }
    return build.version
  }
}

export function bundleSuite(): Promise<string> {
  return bundleWorker(fileURLToPath(new URL('./workerd-entry.ts', import.meta.url)))
}
