import type { Fault, RequestRecord } from '../../collector/index.ts'
import type { RemoteCollector } from '../support/remote-collector.ts'

export const OUTAGE_MS = 3_000

/** Half of the requests get a 503, the others have their connection reset, by a sequence that is the same in every run. */
const FAULTS: Fault[] = [{ probability: 0.5, seed: 6, status: 503 }, { reset: 'before' }]

/** Has the API down for as long as that, while `work` begins; resolves when it is up again. */
export async function holdOutage({ url }: RemoteCollector, work: () => void): Promise<void> {
  const ids: string[] = []
  for (const fault of FAULTS) {
    const response = await fetch(`${url}/_/faults`, { method: 'POST', body: JSON.stringify(fault) })
    // The cast: the collector answers so.
    ids.push(((await response.json()) as { id: string }).id)
  }
  work()
  await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS))
  // The one that fails everything first.
  for (const id of ids.reverse()) await fetch(`${url}/_/faults/${id}`, { method: 'DELETE' })
}

/** Milliseconds from the first request that failed to the last. */
export function spanOfFailuresMs(requests: readonly RequestRecord[]): number {
  const times = requests.filter(({ status }) => status !== 200).map(({ at }) => Date.parse(at))
  return Math.max(...times) - Math.min(...times)
}
