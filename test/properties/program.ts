import fc from 'fast-check'

/** How the endpoint treats one request. */
export type Treatment =
  /** A `retryAfter` of 'date' is an HTTP date in two seconds. */
  | { kind: 'answer'; status: number; delayMs: number; retryAfter?: string }
  /** The status is thrown, as axios does. */
  | { kind: 'throw-status'; status: number; delayMs: number }
  /** The events are taken, and the answer is lost. */
  | { kind: 'lose-answer'; delayMs: number }
  | { kind: 'reset'; delayMs: number }
  | { kind: 'hang' }
  | { kind: 'hang-body' }
  /** What a faulty HTTP client may do. */
  | { kind: 'throw' }
  | { kind: 'nonsense'; value: unknown }

/** What code of the user does: a callback, a listener, `onUndelivered`. */
export type Deed =
  | 'plain'
  | 'throw'
  | 'reject'
  | 'slow'
  | 'never'
  /** What it was given: no event any more, or one without a type. */
  | 'erase'
  | 'strip'
  /** Its methods are gone. */
  | 'break'
  | 'track'
  | 'flush'
  | 'close'
  | 'register'
  | 'deregister'

/** What the callback of a call does. */
export type CallbackKind = 'none' | Deed

/** What is wrong with an event: it cannot be sent, or the endpoint rejects it. */
export type Poison = 'none' | 'circular' | 'large' | 'invalid' | 'rejected'

export type Step =
  | {
      kind: 'call'
      client: number
      type: number
      callback: CallbackKind
      poison: Poison
    }
  /** An event that is built elsewhere. */
  | { kind: 'send'; client: number; plugins: boolean; poison: 'none' | 'large' | 'rejected' }
  | { kind: 'await'; client: number }
  | { kind: 'flush'; client: number; timeout: number | undefined }
  | { kind: 'close'; client: number }
  | { kind: 'open'; host: 'none' | 'waits' | 'throws'; timeout: number }
  | { kind: 'pass'; ms: number }
  /** The wall clock is set; the monotonic clock goes on. */
  | { kind: 'jump'; ms: number }
  /** The endpoint refuses connections from now on, for so long. */
  | { kind: 'outage'; ms: number }
  | { kind: 'register'; plugin: PluginSpec }
  | { kind: 'deregister'; index: number }

export interface PluginSpec {
  type: 'before' | 'enrichment' | 'destination' | 'after'
  hook: 'sync' | 'async' | 'drop' | 'replace' | Exclude<Deed, 'plain' | 'close'>
  load: 'none' | 'slow' | 'fail' | 'fail-critical' | 'never' | 'never-critical' | 'track'
  unload: 'none' | 'throw' | 'slow' | 'never'
}

export interface Program {
  settings: {
    flushAt: number
    flushInterval: number
    httpRequestTimeout: number
    maxRetries: number
    maxQueueSize: number
    maxConcurrentRequests: number
    failWhenFull: 'newest' | 'oldest'
    pluginTimeout: number
  }
  handOver: 'none' | Deed
  /** What the queue of the setting `handOver` does when it has accepted all, every other one, or none. */
  queue: { when: 'always' | 'undelivered'; accepts: 'all' | 'some' | 'none' | 'late'; deed: Deed } | undefined
  /** Of `track`, `error`, `http_response` and `drained`, beside those that count. */
  listeners: Deed[]
  console: 'silent' | 'throws'
  plugins: PluginSpec[]
  treatments: Treatment[]
  steps: Step[]
}

const delayMs = fc.constantFrom(0, 1, 20, 300, 3_000)
const answer = (status: fc.Arbitrary<number>) => fc.record({ kind: fc.constant('answer' as const), status, delayMs })

const treatment: fc.Arbitrary<Treatment> = fc.oneof(
  { weight: 8, arbitrary: answer(fc.constant(200)) },
  { weight: 3, arbitrary: answer(fc.constantFrom(500, 503, 408, 429, 460, 511)) },
  { weight: 2, arbitrary: answer(fc.constantFrom(301, 400, 401, 403, 404, 413, 501)) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      status: fc.constantFrom(429, 503),
      delayMs,
      retryAfter: fc.constantFrom('0', '1', '5', '400', 'nonsense', 'date'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('throw-status' as const),
      status: fc.constantFrom(400, 401, 404, 413, 429, 503),
      delayMs,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose-answer' as const), delayMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const), delayMs }) },
  { weight: 1, arbitrary: fc.constantFrom<Treatment>({ kind: 'hang' }, { kind: 'hang-body' }, { kind: 'throw' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('nonsense' as const),
      value: fc.constantFrom(undefined, null, 'ok', 200, {}, { status: '200' }, { status: Number.NaN }),
    }),
  },
)

const plugin: fc.Arbitrary<PluginSpec> = fc.record({
  type: fc.constantFrom('before', 'enrichment', 'destination', 'after'),
  hook: fc.constantFrom(
    'sync',
    'sync',
    'async',
    'slow',
    'throw',
    'reject',
    'drop',
    'replace',
    'never',
    'erase',
    'strip',
    'break',
    'track',
    'flush',
    'register',
    'deregister',
  ),
  load: fc.constantFrom(
    'none',
    'none',
    'none',
    'none',
    'slow',
    'fail',
    'fail-critical',
    'never',
    'never-critical',
    'track',
  ),
  unload: fc.constantFrom('none', 'none', 'throw', 'slow', 'never'),
})

const deed = fc.constantFrom<Deed>(
  'plain',
  'plain',
  'throw',
  'reject',
  'slow',
  'never',
  'erase',
  'strip',
  'break',
  'track',
  'flush',
  'close',
  'register',
  'deregister',
)

const client = fc.nat(4)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      client,
      type: fc.nat(5),
      callback: fc.oneof<fc.Arbitrary<CallbackKind>[]>(fc.constant('none'), deed),
      poison: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'circular', 'large', 'invalid', 'rejected'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      client,
      plugins: fc.boolean(),
      poison: fc.constantFrom('none', 'none', 'large', 'rejected'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('await' as const), client }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('flush' as const),
      client,
      timeout: fc.constantFrom(undefined, 1, 50, 2_000, 60_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), client }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('open' as const),
      host: fc.constantFrom('none', 'none', 'waits', 'waits', 'throws'),
      timeout: fc.constantFrom(100, 5_000, 25_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 10, 100, 1_000, 15_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('jump' as const),
      ms: fc.constantFrom(-86_400_000, -10_000, -1, 10_000, 86_400_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('outage' as const), ms: fc.constantFrom(50, 1_000, 3_000, 100_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('register' as const), plugin }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deregister' as const), index: fc.nat(5) }) },
)

export const program: fc.Arbitrary<Program> = fc.record({
  settings: fc.record({
    flushAt: fc.constantFrom(1, 2, 3, 15),
    flushInterval: fc.constantFrom(0, 10, 10_000),
    httpRequestTimeout: fc.constantFrom(50, 1_000, 10_000),
    maxRetries: fc.constantFrom(0, 1, 3),
    maxQueueSize: fc.constantFrom(1, 4, 10_000),
    maxConcurrentRequests: fc.constantFrom(1, 2, 4),
    failWhenFull: fc.constantFrom('newest', 'oldest'),
    pluginTimeout: fc.constantFrom(100, 5_000),
  }),
  handOver: fc.oneof(fc.constant<'none'>('none'), deed),
  queue: fc.option(
    fc.record({
      when: fc.constantFrom('always', 'undelivered'),
      accepts: fc.constantFrom('all', 'all', 'some', 'none', 'late'),
      deed,
    }),
    { nil: undefined },
  ),
  listeners: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Deed[]>(['throw', 'reject']) },
    { weight: 1, arbitrary: fc.array(deed, { maxLength: 3, size: 'max' }) },
  ),
  console: fc.constantFrom('silent', 'silent', 'throws'),
  plugins: fc.oneof(
    { weight: 2, arbitrary: fc.constant<PluginSpec[]>([]) },
    { weight: 1, arbitrary: fc.array(plugin, { maxLength: 3, size: 'max' }) },
  ),
  treatments: fc.array(treatment, { maxLength: 12, size: 'max' }),
  steps: fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
})
