import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as core from 'analytics-edge'
import { Analytics } from 'analytics-edge'
import * as lambda from 'analytics-edge/lambda'
import * as testing from 'analytics-edge/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import listLateCases from './late-import-cases.cjs'
import { createParallelTests, listTestingCases } from './testing-cases.cjs'
import worker from './worker.mjs'

const eventsOf = async (writeKey) => (await fetch(`${env.COLLECTOR_URL}/_/events?writeKey=${writeKey}`)).json()

beforeEach(() => fetch(`${env.COLLECTOR_URL}/_/events`, { method: 'DELETE' }))
afterEach(() => vi.useRealTimers())

describe.each([
  ['the real clock', () => {}],
  ['fake timers', () => vi.useFakeTimers()],
  [
    'fake timers, queueMicrotask among them',
    () =>
      vi.useFakeTimers({
        toFake: [
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'setImmediate',
          'Date',
          'performance',
          'queueMicrotask',
        ],
      }),
  ],
])('in vitest-pool-workers, with %s', (_, fake) => {
  beforeEach(fake)

  test("waitOnExecutionContext ends when a handler's events are delivered", async () => {
    const ctx = createExecutionContext()
    const response = await worker.fetch(new Request('http://localhost/'), env, ctx)
    await response.text()
    await waitOnExecutionContext(ctx)
    vi.useRealTimers()
    expect(await eventsOf('worker')).toHaveLength(6)
  })

  test('a method of a Durable Object delivers its events', async () => {
    expect(await env.ROOM.getByName('a').visit()).toBe('visited')
    vi.useRealTimers()
    await vi.waitFor(async () => expect(await eventsOf('worker')).toHaveLength(2), { timeout: 10_000 })
  })

  test('a call on a client ends when it is awaited', async () => {
    const client = new Analytics({ writeKey: 'client', host: env.COLLECTOR_URL })
    expect(await client.track({ userId: 'u1', event: 'E' })).toMatchObject({ status: 'delivered' })
    vi.useRealTimers()
    expect(await eventsOf('client')).toHaveLength(1)
  })

  test.each(Object.entries(listTestingCases({ core, lambda, testing })))('analytics-edge/testing: %s', (_name, run) =>
    run(),
  )

  test.each(Object.entries(listLateCases({ core, testing })))('analytics-edge/testing: %s', (_name, run) => run())

  test('a capture of all clients sees a Worker, and sends nothing', async () => {
    const capture = testing.captureAnalytics()
    const ctx = createExecutionContext()
    await (await worker.fetch(new Request('http://localhost/'), env, ctx)).text()
    await waitOnExecutionContext(ctx)
    await capture.settled()
    expect(capture.delivered).toHaveLength(6)
    capture.restore()
    vi.useRealTimers()
    expect(await eventsOf('worker')).toEqual([])
  })

  test('waitOnExecutionContext also resolves with disable', async () => {
    const ctx = createExecutionContext()
    const client = new Analytics({ writeKey: 'k', disable: true }, { waitUntil: (promise) => ctx.waitUntil(promise) })
    client.track({ userId: 'u1', event: 'E' })
    await waitOnExecutionContext(ctx)
    expect(client.pendingCount).toBe(0)
  })
})

describe('tests that vitest-pool-workers runs at the same time', () => {
  test.concurrent.for([...createParallelTests({ testing }).entries()])('%i', ([, run]) => run())
})
