import { gzipSync } from 'node:zlib'
import type { Plugin } from 'esbuild'
import { bundleForWorkers } from './bundle.ts'
import { ROOT } from './root.ts'

// By hand: size-limit bundles a file with esbuild and subtracts 32 bytes from its gzipped size (14.1: 25,439 for our 25,471), and it has
// no limit for what one bundle adds to another. With our bundle, all that is left to it is one call of gzip.

/** Sizes are bytes of one file after gzip -9. */
export interface SizeRow {
  title: string
  size: number
}

export interface Sizes {
  main: number
  workers: number
  both: number
  /** The client and `fromRequest`. */
  request: number
  /** The client and `definePlan`, without a library of schemas. */
  plan: number
  peers: readonly SizeRow[]
}

const MAIN = "export { Analytics } from 'analytics-edge'"
const REQUEST = "export { fromRequest } from 'analytics-edge/request'"
const PLAN = "export { definePlan } from 'analytics-edge/plan'"
const WORKERS = "export { withAnalytics } from 'analytics-edge/workers'"

export async function measureOwnSizes(packageDir: string): Promise<Omit<Sizes, 'peers'>> {
  return {
    main: await measureSize(MAIN, packageDir),
    workers: await measureSize(WORKERS, packageDir),
    both: await measureSize(`${MAIN}\n${WORKERS}`, packageDir),
    request: await measureSize(`${MAIN}\n${REQUEST}`, packageDir),
    plan: await measureSize(`${MAIN}\n${PLAN}`, packageDir),
  }
}

export async function measureSizes(packageDir: string): Promise<Sizes> {
  const peers = [
    { title: 'Segment', size: await measureSize("export { Analytics } from '@segment/analytics-node'", ROOT) },
    { title: 'PostHog', size: await measureSize("export { PostHog } from 'posthog-node'", ROOT) },
    { title: 'RudderStack', size: await measureSize("export { default } from '@rudderstack/rudder-sdk-node'", ROOT) },
  ]
  return { ...(await measureOwnSizes(packageDir)), peers }
}

/** @param options of the bundler */
export async function measureSize(
  program: string,
  resolveDir: string,
  options: { plugins?: Plugin[] } = {},
): Promise<number> {
  return gzipSync(await bundleForWorkers(program, resolveDir, options), { level: 9 }).length
}
