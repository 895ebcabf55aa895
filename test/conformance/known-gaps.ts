import { CURRENT, JOINING, NOT_MIXING } from './cases/invocations.ts'
import type { RuntimeName } from './runtime.ts'

/** A case that a runtime cannot run, for a reason that no code of ours could change. */
export interface KnownGap {
  readonly runtime: RuntimeName
  readonly case: string
  /** Goes on after the runtime's name and a colon. */
  readonly reason: string
}

const DENO_REPEATS = 'its fetch silently repeats a request whose keep-alive connection was reset'

export const knownGaps: readonly KnownGap[] = [
  {
    runtime: 'Deno',
    case: 'the reason of a rejected event contains the status text',
    reason: 'its fetch replaces the status text of a response with the standard phrase',
  },
  {
    runtime: "Vercel's edge runtime",
    case: 'gzip: requests are compressed',
    reason: 'it has no CompressionStream, so requests are sent uncompressed',
  },
  ...[JOINING, NOT_MIXING, CURRENT].map((name) => ({
    runtime: "Vercel's edge runtime" as const,
    case: name,
    reason:
      'its npm package lacks AsyncLocalStorage, which Vercel itself has, so calls on the client do not join the invocation',
  })),
  { runtime: 'Deno', case: 'a reset connection is retried', reason: DENO_REPEATS },
  {
    runtime: 'Deno',
    case: 'a connection that is reset every time fails with ERR_NETWORK and its cause',
    reason: DENO_REPEATS,
  },
]

export function findGap(runtime: RuntimeName, caseName: string): KnownGap | undefined {
  return knownGaps.find((gap) => gap.runtime === runtime && gap.case === caseName)
}
