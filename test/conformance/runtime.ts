import type { CaseResult } from './run-all.ts'

/** In the order of the README's table. Each has its runner in `runtimes/`. */
export const RUNTIMES = [
  'Node 20',
  'Node 22',
  'Node 24',
  'Node 26',
  'Deno',
  'Bun',
  'workerd, the oldest supported',
  'workerd, the oldest supported, with `nodejs_compat`',
  'workerd, the newest',
  'workerd, the newest, with `nodejs_compat`',
  "Vercel's edge runtime",
] as const

export type RuntimeName = (typeof RUNTIMES)[number]

export interface Runtime {
  readonly name: RuntimeName
  /** Each way in which the runtime gets the library, and what runs the suite with it. */
  readonly forms: Readonly<Record<string, RunSuite>>
  /** Whether its version is the one that the README tells of. @default true */
  readonly isOfTable?: boolean
}

/** Runs the suite to its end, against that collector; answers with the version of the runtime that ran it. */
export type RunSuite = (collectorUrl: string, onResult: (result: CaseResult) => void) => Promise<string>
