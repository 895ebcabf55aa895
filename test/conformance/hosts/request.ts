import { type CaseResult, runAll } from '../run-all.ts'
import type { RunSuite } from '../runtime.ts'

/** Runs the suite where code runs on behalf of a request: each case is one, answered with its result. */
export async function runByRequests(
  dispatch: (url: string) => Promise<{ json(): Promise<unknown> }>,
  [collectorUrl, onResult]: Parameters<RunSuite>,
): Promise<void> {
  await runAll(async (name) => {
    const query = new URLSearchParams({ case: name, collector: collectorUrl })
    const response = await dispatch(`http://runtime/?${query}`)
    // A cast: the entries answer nothing else.
    return (await response.json()) as CaseResult
  }, onResult)
}
