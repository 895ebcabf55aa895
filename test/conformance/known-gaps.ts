/** A case that a runtime cannot run, for a reason that no code of ours could change. */
export interface KnownGap {
  /** As in `_metadata.jsRuntime`. */
  readonly runtime: string
  readonly case: string
  readonly reason: string
}

const DENO_REPEATS = "Deno's fetch itself repeats a request whose kept-alive connection was reset, and does not tell"

export const knownGaps: readonly KnownGap[] = [
  {
    runtime: 'deno',
    case: 'the reason of a refused event has the words of the status line',
    reason: "Deno's fetch gives the standard words for a status, not those of the server",
  },
  {
    runtime: 'vercel-edge',
    case: 'gzip: requests are compressed',
    reason: 'the edge runtime has no CompressionStream: requests are sent as they are',
  },
  { runtime: 'deno', case: 'a connection that is reset is tried again', reason: DENO_REPEATS },
  {
    runtime: 'deno',
    case: 'a connection that is reset every time fails with ERR_NETWORK and its cause',
    reason: DENO_REPEATS,
  },
]

export function findGap(runtime: string, caseName: string): KnownGap | undefined {
  return knownGaps.find((gap) => gap.runtime === runtime && gap.case === caseName)
}
