import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Program, program } from './program.ts'
import { runProgram } from './run-program.ts'

// Before the SDK is loaded, and without the marks of a fake: it would use real timers for what waits for no time.
vi.hoisted(() => {
  vi.useFakeTimers()
  const { setTimeout: fake } = globalThis
  // The cast: the real one has a form for promises, which is not used here.
  globalThis.setTimeout = ((act: () => void, ms?: number) => fake(act, ms)) as typeof globalThis.setTimeout
})

// `npm run suite -- properties` runs more. A failure prints its seed and path: PROPERTY_SEED=… PROPERTY_PATH=… replays it.
const { PROPERTY_RUNS = '300', PROPERTY_SEED, PROPERTY_PATH } = process.env

const SETTINGS: Program['settings'] = {
  flushAt: 1,
  flushInterval: 0,
  httpRequestTimeout: 50,
  maxRetries: 0,
  maxQueueSize: 1,
  maxConcurrentRequests: 1,
  failWhenFull: 'newest',
  pluginTimeout: 5_000,
}

const PROGRAM: Program = {
  settings: SETTINGS,
  handOver: 'none',
  queue: undefined,
  listeners: [],
  console: 'silent',
  plugins: [],
  treatments: [],
  steps: [],
}

/** Programs that once failed. */
const FOUND: Program[] = [
  // The last event of a queue fails to make room for one that cannot be sent: its timer must end as well.
  {
    ...PROGRAM,
    settings: { ...SETTINGS, flushAt: 2, flushInterval: 10_000, failWhenFull: 'oldest' },
    listeners: ['throw', 'reject'],
    plugins: [{ type: 'before', hook: 'sync', load: 'none', unload: 'none' }],
    steps: [
      { kind: 'call', client: 0, type: 0, callback: 'none', poison: 'none' },
      { kind: 'open', host: 'none', timeout: 100 },
      { kind: 'close', client: 1 },
      { kind: 'call', client: 0, type: 0, callback: 'none', poison: 'large' },
      { kind: 'pass', ms: 0 },
    ],
  },
  // The deadline ends onUndelivered, and then an `after` plugin hangs: the flush must not leave the event open.
  {
    ...PROGRAM,
    handOver: 'close',
    steps: [
      { kind: 'call', client: 0, type: 0, callback: 'plain', poison: 'rejected' },
      { kind: 'register', plugin: { type: 'after', hook: 'never', load: 'none', unload: 'none' } },
    ],
  },
  // No flush covers the event, and its callback never ends: what waitUntil was given has to.
  {
    ...PROGRAM,
    settings: { ...SETTINGS, pluginTimeout: 100 },
    steps: [
      { kind: 'open', host: 'waits', timeout: 100 },
      { kind: 'call', client: 1, type: 0, callback: 'never', poison: 'large' },
      { kind: 'call', client: 0, type: 0, callback: 'none', poison: 'none' },
    ],
  },
  // The queue accepts a batch inside the flush that sends it, and flushes at once: that flush still covers the others.
  {
    ...PROGRAM,
    settings: { ...SETTINGS, flushAt: 3 },
    queue: { when: 'always', accepts: 'all', deed: 'flush' },
    listeners: ['throw', 'reject'],
    steps: [
      { kind: 'open', host: 'none', timeout: 100 },
      { kind: 'open', host: 'none', timeout: 100 },
      { kind: 'call', client: 1, type: 0, callback: 'none', poison: 'none' },
      { kind: 'call', client: 0, type: 0, callback: 'none', poison: 'none' },
      { kind: 'call', client: 2, type: 0, callback: 'none', poison: 'none' },
      { kind: 'pass', ms: 0 },
    ],
  },
]

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})

afterEach(() => vi.restoreAllMocks())
afterAll(() => vi.useRealTimers())

test('every accepted event has one outcome, reported once to its Delivery, its callback and the emitter, whatever happens', async () => {
  const isReplay = PROPERTY_PATH !== undefined
  await fc.assert(fc.asyncProperty(program, runProgram), {
    numRuns: Number(PROPERTY_RUNS),
    ...(isReplay ? {} : { examples: FOUND.map((found): [Program] => [found]) }),
    ...(PROPERTY_SEED === undefined ? {} : { seed: Number(PROPERTY_SEED) }),
    ...(isReplay ? { path: PROPERTY_PATH } : {}),
  })
  expect(vi.getTimerCount()).toBe(0)
}, 600_000)
