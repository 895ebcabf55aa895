import fc from 'fast-check'

/** How the endpoint treats one request. */
export type Treatment =
  | { kind: 'answer'; status: number; delayMs: number; retryAfter?: string }
  /** The events are taken, and the answer is lost. */
  | { kind: 'lose-answer'; delayMs: number }
  | { kind: 'reset'; delayMs: number }
  | { kind: 'hang' }
  | { kind: 'hang-body' }
  /** What a faulty HTTP client may do. */
  | { kind: 'throw' }
  | { kind: 'nonsense'; value: unknown }

/** What the callback of a call does. */
export type CallbackKind = 'none' | 'plain' | 'throw' | 'reject' | 'slow' | 'flush' | 'track' | 'close'

export type Step =
  | {
      kind: 'call'
      client: number
      type: number
      callback: CallbackKind
      poison: 'none' | 'circular' | 'large' | 'refused'
    }
  | { kind: 'await'; client: number }
  | { kind: 'flush'; client: number; timeout: number | undefined }
  | { kind: 'close'; client: number }
  | { kind: 'open'; isBound: boolean; timeout: number }
  | { kind: 'pass'; ms: number }

export interface PluginSpec {
  type: 'before' | 'enrichment' | 'destination' | 'after'
  hook: 'sync' | 'async' | 'slow' | 'throw' | 'reject' | 'drop' | 'never'
  load: 'none' | 'slow' | 'fail' | 'fail-critical'
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
  }
  handOver: 'none' | 'take' | 'reject' | 'throw' | 'slow' | 'never'
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
      retryAfter: fc.constantFrom('0', '1', '5', '400', 'nonsense'),
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
  hook: fc.constantFrom('sync', 'async', 'slow', 'throw', 'reject', 'drop', 'never'),
  load: fc.constantFrom('none', 'none', 'none', 'slow', 'fail', 'fail-critical'),
})

const client = fc.nat(4)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      client,
      type: fc.nat(5),
      callback: fc.constantFrom<CallbackKind>(
        'none',
        'none',
        'plain',
        'throw',
        'reject',
        'slow',
        'flush',
        'track',
        'close',
      ),
      poison: fc.constantFrom('none', 'none', 'none', 'none', 'circular', 'large', 'refused'),
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
      isBound: fc.boolean(),
      timeout: fc.constantFrom(100, 5_000, 25_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 10, 100, 1_000, 15_000) }),
  },
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
  }),
  handOver: fc.constantFrom('none', 'none', 'take', 'reject', 'throw', 'slow', 'never'),
  plugins: fc.oneof(
    { weight: 2, arbitrary: fc.constant<PluginSpec[]>([]) },
    { weight: 1, arbitrary: fc.array(plugin, { maxLength: 3, size: 'max' }) },
  ),
  treatments: fc.array(treatment, { maxLength: 12, size: 'max' }),
  steps: fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
})
