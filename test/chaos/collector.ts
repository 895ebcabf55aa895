import type { Fault } from '../../collector/index.ts'
import { type RemoteCollector, startRemoteCollector } from '../support/remote-collector.ts'

/** One request in five goes wrong, by a sequence that is the same in every run. */
const FAULTS: Fault[] = [
  { probability: 0.05, seed: 1, status: 500 },
  { probability: 0.025, seed: 2, reset: 'before' },
  { probability: 0.025, seed: 3, reset: 'after' },
  { probability: 0.05, seed: 4, hang: true },
  { probability: 0.05, seed: 5, retryAfter: 1 },
  // The others take their time, so that there is always something on its way.
  { delayMs: 20 },
]

export async function startFaultyCollector(): Promise<RemoteCollector> {
  const collector = await startRemoteCollector()
  for (const fault of FAULTS) await collector.fail(fault)
  return collector
}
