import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Program, program } from './program.ts'
import { runProgram } from './run-program.ts'

// `npm run test:properties` runs more. A failure prints its seed and path: PROPERTY_SEED=… PROPERTY_PATH=… replays it.
const { PROPERTY_RUNS = '300', PROPERTY_SEED, PROPERTY_PATH } = process.env

/** Programs that once failed. The last event of a queue fails to make room for one that cannot be sent: its timer must end too. */
const FOUND: Program[] = [
  {
    settings: {
      flushAt: 2,
      flushInterval: 10_000,
      httpRequestTimeout: 50,
      maxRetries: 0,
      maxQueueSize: 1,
      maxConcurrentRequests: 1,
      failWhenFull: 'oldest',
    },
    handOver: 'none',
    plugins: [{ type: 'before', hook: 'sync', load: 'none' }],
    treatments: [],
    steps: [
      { kind: 'call', client: 0, type: 0, callback: 'none', poison: 'none' },
      { kind: 'open', isBound: false, timeout: 100 },
      { kind: 'close', client: 1 },
      { kind: 'call', client: 0, type: 0, callback: 'none', poison: 'large' },
      { kind: 'pass', ms: 0 },
    ],
  },
]

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
  const isReplay = PROPERTY_PATH !== undefined
  await fc.assert(fc.asyncProperty(program, runProgram), {
    numRuns: Number(PROPERTY_RUNS),
    ...(isReplay ? {} : { examples: FOUND.map((found): [Program] => [found]) }),
    ...(PROPERTY_SEED === undefined ? {} : { seed: Number(PROPERTY_SEED) }),
    ...(isReplay ? { path: PROPERTY_PATH } : {}),
  })
  expect(vi.getTimerCount()).toBe(0)
}, 600_000)
