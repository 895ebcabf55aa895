import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { Analytics as Client } from '../../../dist/index.js'
import { Analytics, withAnalytics } from '../../../dist/vercel.js'
import { provideRequestContext, RequestContext, removeRequestContext, runInContext } from './request-context.ts'

// The client of `analytics-edge/vercel`, at module scope. With Next's `after` it is tested in test/hosts/next.

const NEXT = Symbol.for('@next/request-context')
const A_LONG_TIME_MS = 2_147_483_647

let collector: Collector
let writeKey: string
let analytics: Client
let count = 0

beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector.close())
beforeEach(() => {
  writeKey = `vercel-client-${count++}`
  // Whatever leaves does so because its request asks for it.
  analytics = new Analytics({ writeKey, host: collector.url, flushInterval: A_LONG_TIME_MS })
  provideRequestContext()
})
afterEach(() => {
  removeRequestContext()
  Reflect.deleteProperty(globalThis, NEXT)
  vi.restoreAllMocks()
})

const names = () => collector.events({ writeKey }).map(({ event }) => event.event)
const statuses = () => collector.requests({ writeKey }).map(({ status }) => status)
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const track = (event: string) => analytics.track({ userId: 'u', event })

/** Runs a handler as a separate request, until its host may freeze it. */
async function request(handler: () => unknown): Promise<void> {
  const context = new RequestContext()
  await runInContext(context, async () => handler())
  await context.untilDone()
}

describe('a host with an object for each request', () => {
  test('waits for every event of a request, however deep its call', async () => {
    await request(async () => {
      track('At Once')
      await sleep(20)
      await Promise.all([1, 2].map(async (index) => track(`Deep ${index}`)))
    })
    expect(names()).toEqual(['At Once', 'Deep 1', 'Deep 2'])
  })

  test('waits only for the events of that request if requests overlap', async () => {
    collector.fail({ writeKey, requests: [0], delayMs: 1_500 })
    let isSlowDone = false
    const slow = request(() => track('Slow')).then(() => {
      isSlowDone = true
    })
    await vi.waitFor(() => expect(statuses()).toHaveLength(1), { timeout: 20_000 })
    await request(() => track('Quick'))
    expect(isSlowDone).toBe(false)
    expect(statuses()).toEqual(['pending', 200])
    await slow
    expect(statuses()).toEqual([200, 200])
    expect(names().toSorted()).toEqual(['Quick', 'Slow'])
  })

  test('is notified of the events of each request, even if many interleave', async () => {
    const users = Array.from({ length: 20 }, (_, index) => `user-${index}`)
    await Promise.all(
      users.map((userId, index) =>
        request(async () => {
          analytics.track({ userId, event: 'Started' })
          await sleep((index % 5) * 10)
          analytics.track({ userId, event: 'Ended' })
        }).then(() => {
          const own = collector.events({ writeKey }).filter(({ event }) => event.userId === userId)
          expect(own.map(({ event }) => event.event).toSorted()).toEqual(['Ended', 'Started'])
        }),
      ),
    )
    for (const { index } of collector.requests({ writeKey })) {
      const events = collector.events({ writeKey }).filter(({ requestIndex }) => requestIndex === index)
      expect(new Set(events.map(({ event }) => event.userId)).size).toBe(1)
    }
  })

  test('gets the events of a long request in a few batches', async () => {
    await request(async () => {
      for (let index = 0; index < 20; index++) {
        track(`Chunk ${index}`)
        await sleep(5)
      }
    })
    expect(names()).toHaveLength(20)
    expect(statuses().length).toBeLessThan(10)
  })

  test('waits for a scope opened without waitUntil', async () => {
    await request(() => analytics.scope({ userId: 'u' }).track({ event: 'On A Scope' }))
    expect(names()).toEqual(['On A Scope'])
  })

  test('is not notified if the client has its own waitUntil', async () => {
    const own: Promise<unknown>[] = []
    const settings = { writeKey, host: collector.url }
    const client = new Analytics(settings, { waitUntil: (promise) => void own.push(promise) })
    await request(() => {
      client.track({ userId: 'u', event: 'Bound' })
      client.scope({ userId: 'u' }).track({ event: 'Bound As Well' })
    })
    expect(own).toHaveLength(2)
    await Promise.all(own)
    expect(names().toSorted()).toEqual(['Bound', 'Bound As Well'])
  })

  test('that rejects a promise is reported, and the event is still delivered', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const host = {
      waitUntil() {
        throw new Error('too late')
      },
    }
    removeRequestContext()
    Reflect.set(globalThis, NEXT, { get: () => host })
    expect((await track('Refused')).status).toBe('delivered')
    expect(logged.mock.calls).toEqual([[expect.stringMatching(/waitUntil .* threw .*too late/)]])
  })
})

describe('a host that creates a new object for each call', () => {
  const told = new Map<string, Promise<unknown>[]>()
  let current = 'none'

  /** Calls a function as a part of the request that the host takes for the current one. */
  function runAs<Result>(name: string, call: () => Result): Result {
    removeRequestContext()
    current = name
    Reflect.set(globalThis, NEXT, {
      get: () => {
        const work = told.get(current) ?? []
        told.set(current, work)
        return { waitUntil: (promise: Promise<unknown>) => void work.push(promise) }
      },
    })
    return call()
  }
  beforeEach(() => told.clear())

  test('waits for every request of a tick, because their events share a batch', async () => {
    collector.fail({ writeKey, delayMs: 300 })
    for (const name of ['a', 'b', 'c']) runAs(name, () => track(`Of ${name}`))
    expect([...told.keys()]).toEqual(['a', 'b', 'c'])
    for (const name of ['c', 'a', 'b']) {
      await Promise.all(told.get(name) ?? [])
      expect(names()).toContain(`Of ${name}`)
      expect(statuses()).toEqual([200])
    }
  })

  test('waits for a request that begins while another is waited for', async () => {
    collector.fail({ writeKey, requests: [0], delayMs: 1_500 })
    runAs('a', () => track('Of a'))
    await vi.waitFor(() => expect(statuses()).toHaveLength(1), { timeout: 20_000 })
    runAs('b', () => track('Of b'))
    await Promise.all(told.get('b') ?? [])
    expect(statuses()).toEqual(['pending', 200])
    await Promise.all(told.get('a') ?? [])
    expect(statuses()).toEqual([200, 200])
    expect(names().toSorted()).toEqual(['Of a', 'Of b'])
  })

  test('makes a request wait for its own scope, even after later requests', async () => {
    const scope = runAs('a', () => {
      track('First')
      return analytics.scope({ userId: 'u' })
    })
    runAs('b', () => track('Second'))
    const before = told.get('a')?.length
    const countOfB = told.get('b')?.length
    scope.track({ event: 'Of The Scope' })
    expect(told.get('a')).toHaveLength(Number(before) + 1)
    expect(told.get('b')).toHaveLength(Number(countOfB))
    await Promise.all(told.get('a') ?? [])
    expect(names()).toContain('Of The Scope')
  })

  test('that rejects a promise breaks no call', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    runAs('a', () => track('Of a'))
    Reflect.set(globalThis, NEXT, {
      get: () => ({
        waitUntil() {
          throw new Error('too late')
        },
      }),
    })
    expect((await track('Of b')).status).toBe('delivered')
    await Promise.all(told.get('a') ?? [])
    expect(names().toSorted()).toEqual(['Of a', 'Of b'])
    expect(logged).toHaveBeenCalledTimes(1)
  })
})

describe('outside of a request', () => {
  test('the client is ordinary: events are batched, and a flush covers them', async () => {
    removeRequestContext()
    track('First')
    await sleep(100)
    track('Second')
    expect(analytics.pendingCount).toBe(2)
    expect(await analytics.flush()).toEqual({ delivered: 2, failed: 0 })
    expect(statuses()).toEqual([200])
  })

  test('a flush covers the pending events of requests', async () => {
    collector.fail({ writeKey, delayMs: 300 })
    const pending = request(() => track('In A Request'))
    expect(analytics.pendingCount).toBe(1)
    expect(await analytics.flush()).toEqual({ delivered: 1, failed: 0 })
    await pending
  })
})

describe('under the wrapper', () => {
  test.each([
    ['analytics-edge/vercel', () => new Analytics({ writeKey, host: collector.url, flushInterval: A_LONG_TIME_MS })],
    ['analytics-edge', () => new Client({ writeKey, host: collector.url, flushInterval: A_LONG_TIME_MS })],
  ])('a call on the client of %s joins the invocation', async (_, create) => {
    const client = create()
    const GET = withAnalytics(client, async (_request, _context, scope) => {
      scope.track({ userId: 'u', event: 'On The Scope' })
      await sleep(20)
      client.track({ userId: 'u', event: 'On The Client' })
      expect(client.current()).toBe(scope)
      return 'answered'
    })
    await request(() => GET(new Request('http://vercel/')))
    expect(names()).toEqual(['On The Scope', 'On The Client'])
    expect(statuses()).toEqual([200])
  })

  test('a client of the CommonJS copy is recognised', async () => {
    // A cast: `require` has no types.
    const { Analytics: CommonJsAnalytics } = createRequire(import.meta.url)('../../../dist/vercel.cjs') as {
      Analytics: typeof Client
    }
    const client = new CommonJsAnalytics({ writeKey, host: collector.url })
    const GET = withAnalytics(client, async (_request, _context, scope) => {
      client.track({ userId: 'u', event: 'On The Client' })
      return (await scope.track({ userId: 'u', event: 'On The Scope' })).status
    })
    await request(async () => expect(await GET(new Request('http://vercel/'))).toBe('delivered'))
    expect(names().toSorted()).toEqual(['On The Client', 'On The Scope'])
  })
})

test('an instance killed as soon as its host has nothing to wait for has lost nothing', async () => {
  collector.fail({ writeKey, delayMs: 300 })
  const program = fileURLToPath(new URL('killed-instance.ts', import.meta.url))
  const env = { ...process.env, SEGMENT_HOST: collector.url, SEGMENT_WRITE_KEY: writeKey }
  const [, signal] = await once(spawn(process.execPath, [program], { env, stdio: 'inherit' }), 'exit')
  expect(signal).toBe('SIGKILL')
  expect(new Set(statuses())).toEqual(new Set([200]))
  expect(names().toSorted()).toEqual(['a: begun', 'a: ended', 'b: begun', 'b: ended', 'c: begun', 'c: ended'])
})
