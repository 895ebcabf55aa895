import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { ValidationError } from '../../../dist/index.js'
import { type LambdaContext, type LambdaInvocation, withAnalytics } from '../../../dist/lambda.js'

// What needs no Lambda. The rest is in test/hosts/lambda, on the real runtime interface client.

const exec = promisify(execFile)
const dist = new URL('../../../dist/lambda.js', import.meta.url).href

let collector: Collector

beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector.close())
beforeEach(() => collector.clear())
afterEach(() => vi.unstubAllEnvs())

const settings = () => ({ writeKey: 'lambda', host: collector.url })

describe('options', () => {
  test.each([
    ['flush', { flush: 'never' }],
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: '2000' }],
    ['margin', { margin: -1 }],
    ['margin', { margin: Number.NaN }],
    ['tiemout', { tiemout: 1 }],
  ])('an invalid %s throws when the handler is wrapped: %j', (field, options) => {
    // A cast, since the types refuse them as well.
    const wrap = () => withAnalytics(settings(), async () => {}, options as object)
    expect(wrap).toThrow(ValidationError)
    expect(wrap).toThrow(field)
  })

  test('invalid settings throw as well', () => {
    expect(() => withAnalytics({ writeKey: '' }, async () => {})).toThrow(ValidationError)
  })
})

test('a unit test may call the handler without a context', async () => {
  const handler = withAnalytics(settings(), async (event: { id: string }, _context, analytics) => {
    analytics.track({ userId: event.id, event: 'Tested' })
    return event.id
  })
  for (const context of [undefined, {}]) {
    // A cast, as the types ask for a real one.
    expect(await handler({ id: 'u' }, context as unknown as LambdaContext)).toBe('u')
  }
  expect(collector.events()).toHaveLength(2)
  expect(handler).toHaveLength(2)
})

test('the remaining time is read when the handler has finished', async () => {
  let remainingMs = 900_000
  const context = { awsRequestId: '1', getRemainingTimeInMillis: () => remainingMs }
  collector.fail({ hang: true })
  const handler = withAnalytics(
    settings(),
    async (_event: unknown, _context: typeof context, analytics) => {
      remainingMs = 400
      analytics.track({ userId: 'u', event: 'Late' }, (error) => outcomes.push(error))
      return 'done'
    },
    { timeout: 600_000 },
  )
  const outcomes: unknown[] = []
  expect(await handler({}, context)).toBe('done')
  expect(outcomes).toMatchObject([{ code: 'ERR_DEADLINE' }])
})

test('no event fails because one of several concurrent invocations ends', async () => {
  vi.stubEnv('AWS_LAMBDA_MAX_CONCURRENCY', '2')
  collector.fail({ delayMs: 1_000 })
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const writeKey = 'concurrent'
  const handler = withAnalytics(
    { ...settings(), writeKey },
    async ({ id, until }: Job, _context: LambdaInvocation, analytics) => {
      analytics.track({ userId: id, event: 'Worked' })
      await until
    },
  )
  const invoke = (id: string, remainingMs: number, until: Promise<void>) =>
    handler({ id, until }, { awsRequestId: id, getRemainingTimeInMillis: () => remainingMs })
  const long = invoke('long', 60_000, gate)
  // Nothing is left to this one, so its result waits for nothing; the event itself has time.
  await invoke('short', 500, Promise.resolve())
  open()
  await long
  await vi.waitFor(() => {
    const answers = collector.requests({ writeKey }).map(({ status, eventCount }) => [status, eventCount])
    expect(answers).toEqual([
      [200, 1],
      [200, 1],
    ])
  }, 20_000)
})

interface Job {
  id: string
  until: Promise<void>
}

test.each([
  ['an ES module', `await import(${JSON.stringify(dist)})`],
  [
    'a CommonJS module',
    `require(${JSON.stringify(fileURLToPath(new URL('../../../dist/lambda.cjs', import.meta.url)))})`,
  ],
])(
  "%s that wraps loads none of Node's slow modules: no HTTP, fetch, threads or standard streams",
  async (_form, load) => {
    const program = `(async () => {
    const { withAnalytics, analyticsMiddleware } = ${load}
    withAnalytics({ writeKey: 'k' }, async () => {})
    analyticsMiddleware({ writeKey: 'k' })
    const costly = /^NativeModule (http|https|net|tls|dns|stream|tty|child_process|worker_threads|internal.deps.undici.undici)$/
    console.log(JSON.stringify(process.moduleLoadList.filter((name) => costly.test(name))))
  })()`
    const { stdout } = await exec(process.execPath, ['-e', program])
    expect(JSON.parse(stdout)).toEqual([])
  },
)

test('loading a module with a wrapper uses no randomness, time or network, so a snapshot can be resumed many times', async () => {
  const program = `
    const refuse = (name) => () => { console.error(name + ' was used'); process.exit(1) }
    globalThis.fetch = refuse('fetch')
    for (const name of ['setTimeout', 'setInterval', 'setImmediate']) globalThis[name] = refuse(name)
    for (const name of ['randomUUID', 'getRandomValues']) crypto[name] = refuse(name)
    Math.random = refuse('Math.random')
    Date.now = refuse('Date.now')
    const { withAnalytics, analyticsMiddleware } = await import(${JSON.stringify(dist)})
    withAnalytics({ writeKey: 'k' }, async () => {})
    analyticsMiddleware({ writeKey: 'k' })
    console.log('made nothing')`
  const { stdout } = await exec(process.execPath, ['--input-type=module', '-e', program])
  expect(stdout).toBe('made nothing\n')
})

test('after-response falls back outside Lambda, with one warning', async () => {
  const program = `
    const { withAnalytics } = await import(${JSON.stringify(dist)})
    const options = { flush: 'after-response' }
    const settings = { writeKey: 'fallback', host: ${JSON.stringify(collector.url)} }
    const handler = withAnalytics(settings, async (event, context, analytics) => {
      analytics.track({ userId: 'u', event: 'Fell Back' })
    }, options)
    withAnalytics(settings, async () => {}, options)
    await handler({}, { awsRequestId: '1', getRemainingTimeInMillis: () => 3000 })`
  const { AWS_LAMBDA_RUNTIME_API: _, ...env } = process.env
  const { stderr } = await exec(process.execPath, ['--input-type=module', '-e', program], { env })
  expect(stderr.match(/analytics-edge: .*not Lambda\n/g)).toHaveLength(1)
  expect(collector.events({ writeKey: 'fallback' }).map(({ event }) => event.event)).toEqual(['Fell Back'])
})
