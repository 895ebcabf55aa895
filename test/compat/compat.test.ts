import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { program } from './calls.ts'
import { compare } from './compare.ts'
import { callDifferences, dropInDifferences } from './intended-differences.ts'
import { runProgram } from './run-calls.ts'
import { createDropIn, createOurs, createReference } from './subject.ts'

// `npm run suite -- compat` runs more. A failure prints its seed and path: COMPAT_SEED=… COMPAT_PATH=… replays it.
const { COMPAT_RUNS = '300', COMPAT_SEED, COMPAT_PATH } = process.env

let collectors: Collector[]

beforeAll(async () => {
  collectors = await Promise.all([startCollector(), startCollector()])
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterAll(() => Promise.all(collectors.map((collector) => collector.close())))

test.each([
  ['analytics-edge/segment', createDropIn, dropInDifferences],
  ['analytics-edge', createOurs, callDifferences],
])(
  'the same calls have the same effect, except for the intended differences: %s',
  async (_, createSubject, intended) => {
    const [first, second] = collectors
    if (!first || !second) throw new Error('no collectors')
    const [reference, ours] = [createReference(first), createSubject(second)]
    await fc.assert(
      fc.asyncProperty(program, async (calls) => {
        const results = await Promise.all([runProgram(calls, reference), runProgram(calls, ours)])
        expect(compare(calls, ...results, intended).complaints).toEqual([])
        for (const collector of collectors) collector.clear()
      }),
      {
        numRuns: Number(COMPAT_RUNS),
        ...(COMPAT_SEED === undefined ? {} : { seed: Number(COMPAT_SEED) }),
        ...(COMPAT_PATH === undefined ? {} : { path: COMPAT_PATH }),
      },
    )
  },
  600_000,
)
