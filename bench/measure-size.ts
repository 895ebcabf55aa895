import { gzipSync } from 'node:zlib'
import type { Plugin } from 'esbuild'
import { bundleForWorkers } from './bundle.ts'
import { ROOT } from './root.ts'

/** Bytes after gzip -9. */
export interface BundleSize {
  /** What a Worker loads to start. */
  initial: number
  /** With what it loads only when it is needed. */
  total: number
  /** All in one file, as from a bundler that does not split. */
  singleFile: number
}

export interface SizeRow {
  title: string
  size: BundleSize
}

export interface Sizes {
  main: BundleSize
  workers: BundleSize
  both: BundleSize
  peers: readonly SizeRow[]
}

const MAIN = "export { Analytics } from 'analytics-edge'"
const WORKERS = "export { withAnalytics } from 'analytics-edge/workers'"

export async function measureOwnSizes(packageDir: string): Promise<Omit<Sizes, 'peers'>> {
  return {
    main: await measureSize(MAIN, packageDir),
    workers: await measureSize(WORKERS, packageDir),
    both: await measureSize(`${MAIN}\n${WORKERS}`, packageDir),
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
): Promise<BundleSize> {
  const split = await bundleForWorkers(program, resolveDir, { splitting: true, ...options })
  const single = await bundleForWorkers(program, resolveDir, { splitting: false, ...options })
  const initial = [...split.files].filter(([name]) => split.initial.includes(name)).map(([, contents]) => contents)
  return { initial: sum(initial), total: sum(split.files.values()), singleFile: sum(single.files.values()) }
}

function sum(files: Iterable<Uint8Array>): number {
  return [...files].reduce((total, contents) => total + gzipSync(contents, { level: 9 }).length, 0)
}
