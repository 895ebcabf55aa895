import { CURRENT, JOINING, NOT_MIXING } from './cases/invocations.ts'
import type { RuntimeName } from './runtime.ts'

/** A case that a runtime cannot run, for a reason that no code of ours could change. */
export interface KnownGap {
  readonly runtime: RuntimeName
  readonly case: string
  /** Goes on after the runtime's name and a colon. */
  readonly reason: string
}

const DENO_REPEATS = 'its fetch itself repeats a request whose kept-alive connection was reset, and does not tell'

export const knownGaps: readonly KnownGap[] = [
  {
    runtime: 'Deno',
    case: 'the reason of a refused event has the words of the status line',
    reason: 'its fetch gives the standard words for a status, not those of the server',
  },
  {
    runtime: "Vercel's edge runtime",
    case: 'gzip: requests are compressed',
    reason: 'it has no CompressionStream: requests are sent as they are',
  },
  ...[JOINING, NOT_MIXING, CURRENT].map((name) => ({
    runtime: "Vercel's edge runtime" as const,
    case: name,
    reason:
      'the package of that name has no AsyncLocalStorage, as Vercel itself does: calls on the client go to the client',
  })),
  { runtime: 'Deno', case: 'a connection that is reset is tried again', reason: DENO_REPEATS },
  {
    runtime: 'Deno',
    case: 'a connection that is reset every time fails with ERR_NETWORK and its cause',
    reason: DENO_REPEATS,
  },
]

export function findGap(runtime: RuntimeName, caseName: string): KnownGap | undefined {
  return knownGaps.find((gap) => gap.runtime === runtime && gap.case === caseName)
}
