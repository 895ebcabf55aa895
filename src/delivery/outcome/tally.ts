import type { FlushResult } from '../../types.ts'

/** Event counts by outcome. */
export type Tally = Required<FlushResult>

const NAMES = ['delivered', 'failed', 'handedOver'] as const

export function createTally(): Tally {
  return { delivered: 0, failed: 0, handedOver: 0 }
}

/** Adds counts to a tally, `times` over, and returns it. */
export function addTo(tally: Tally, added: Readonly<FlushResult>, times = 1): Tally {
  for (const name of NAMES) tally[name] += times * (added[name] ?? 0)
  return tally
}

export function subtract(all: Readonly<Tally>, before: Readonly<Tally>): Tally {
  return addTo({ ...all }, before, -1)
}
