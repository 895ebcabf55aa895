/** A case that a runtime cannot run, for a reason that no code of ours could change. */
export interface KnownGap {
  /** As in `_metadata.jsRuntime`. */
  readonly runtime: string
  readonly case: string
  readonly reason: string
}

export const knownGaps: readonly KnownGap[] = []

export function findGap(runtime: string, caseName: string): KnownGap | undefined {
  return knownGaps.find((gap) => gap.runtime === runtime && gap.case === caseName)
}
