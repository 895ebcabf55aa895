import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { program } from './program.ts'
import { runProgram } from './run-program.ts'

// `npm run test:properties` runs more. A failure prints its seed and path: PROPERTY_SEED=… PROPERTY_PATH=… replays it.
const { PROPERTY_RUNS = '300', PROPERTY_SEED, PROPERTY_PATH } = process.env

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('whatever happens, every accepted event has one outcome, told once to each of its tellers', async () => {
  const isReplay = PROPERTY_SEED !== undefined
  await fc.assert(fc.asyncProperty(program, runProgram), {
    numRuns: Number(PROPERTY_RUNS),
    ...(isReplay ? { seed: Number(PROPERTY_SEED) } : {}),
    ...(PROPERTY_PATH === undefined ? {} : { path: PROPERTY_PATH }),
  })
  expect(vi.getTimerCount()).toBe(0)
}, 600_000)
