import { type RunOptions, runCase } from './case.ts'
import { cases } from './suite.ts'

export interface CaseResult {
  readonly name: string
  readonly ok: boolean
  readonly error?: string
}

/** So many at a time: each is bounded in time, and a runtime on a busy machine must not fail for that. */
const CONCURRENT_COUNT = 8

/** Runs every case, in whatever way the runtime runs one. */
export async function runAll(
  run: (name: string) => Promise<CaseResult>,
  onResult: (result: CaseResult) => void,
): Promise<void> {
  const waiting = [...cases]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) onResult(await run(next.name))
  }
  await Promise.all(Array.from({ length: CONCURRENT_COUNT }, work))
}

export async function runOne(name: string | null, options: RunOptions): Promise<CaseResult> {
  const testCase = cases.find((candidate) => candidate.name === name)
  if (!testCase) return { name: String(name), ok: false, error: `no case is called '${name}'` }
  try {
    await runCase(testCase, options)
    return { name: testCase.name, ok: true }
  } catch (error) {
    const text = error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
    return { name: testCase.name, ok: false, error: text }
  }
}
