import { createRequire } from 'node:module'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import * as core from '../../dist/index.js'
import * as lambda from '../../dist/lambda.js'
import * as node from '../../dist/node.js'
import * as vercel from '../../dist/vercel.js'
import * as workers from '../../dist/workers.js'

// A program may hold several copies of the package: its two forms, two versions, one in a module registry that a test has reset.

type Core = typeof core
interface Wrappers {
  readonly lambda: typeof lambda
  readonly node: typeof node
  readonly vercel: typeof vercel
  readonly workers: typeof workers
}

const require = createRequire(import.meta.url)
// A constant would be typed, and its module is not: it is the same with a query.
const again = '../../dist/index.js?again'
const reset = async (): Promise<Core> => {
  vi.resetModules()
  return import('../../dist/index.js')
}

const copies: Record<string, Core> = {
  'the ES module': core,
  'the CommonJS form': require('../../dist/index.cjs'),
  'a module that was loaded again': await import(/* @vite-ignore */ again),
  'a module registry that was reset': await reset(),
}
const wrappers: Record<string, Wrappers> = {
  'ES module': { lambda, node, vercel, workers },
  CommonJS: {
    lambda: require('../../dist/lambda.cjs'),
    node: require('../../dist/node.cjs'),
    vercel: require('../../dist/vercel.cjs'),
    workers: require('../../dist/workers.cjs'),
  },
}

let collector: Collector
beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector.close())
afterEach(() => collector.clear())

const EVENT = { userId: 'u1', event: 'E' }
const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 30_000 } as lambda.LambdaContext

/** By wrapper, a handler that tracks one event on the client itself and one on its scope, run until both have arrived. */
const runs: Record<string, (client: core.Analytics, wrapper: Wrappers) => Promise<unknown>> = {
  workers: async (client, { workers: { withAnalytics } }) => {
    const promises: Promise<unknown>[] = []
    const worker = withAnalytics(client, {
      async fetch(_request: unknown, _env: unknown, _ctx: unknown, analytics: core.Scope) {
        client.track(EVENT)
        analytics.track(EVENT)
        return new Response()
      },
    })
    const ctx = { waitUntil: (promise: Promise<unknown>) => void promises.push(promise) }
    // The casts: Node has a part of what a Worker is given.
    await worker.fetch(new Request('http://localhost') as never, {} as never, ctx as never)
    await Promise.all(promises)
  },
  vercel: (client, { vercel: { withAnalytics } }) =>
    withAnalytics(client, async (_request: unknown, _context: unknown, analytics) => {
      client.track(EVENT)
      analytics.track(EVENT)
    })(undefined),
  lambda: (client, { lambda: { withAnalytics } }) =>
    withAnalytics(client, async (_event: unknown, _context, analytics) => {
      client.track(EVENT)
      analytics.track(EVENT)
    })(undefined, context),
  'lambda, with middy': async (client, { lambda: { analyticsMiddleware } }) => {
    const middleware = analyticsMiddleware(client)
    // The cast: `before` adds the scope.
    const request = { context: { ...context } as lambda.AnalyticsContext }
    middleware.before(request)
    client.track(EVENT)
    request.context.analytics.track(EVENT)
    await middleware.after(request)
  },
  flushOnExit: async (client, { node: { flushOnExit } }) => {
    const undo = flushOnExit(client)
    client.track(EVENT)
    client.scope().track(EVENT)
    // What the event at a natural end does; test/hosts/node ends real processes.
    process.emit('beforeExit', 0)
    await vi.waitFor(() => expect(client.pendingCount).toBe(0), { timeout: 20_000 })
    undo()
  },
}

test('the copies differ', () => {
  expect(new Set(Object.values(copies).map(({ Analytics }) => Analytics)).size).toBe(4)
})

describe.each(Object.entries(copies))('a client of %s', (_, { Analytics }) => {
  for (const [form, wrapper] of Object.entries(wrappers)) {
    test.each(Object.entries(runs))(`is accepted by the ${form} form of %s`, async (_name, run) => {
      const client = new Analytics({ writeKey: 'copies', host: collector.url, flushInterval: 600_000 })
      await run(client, wrapper)
      expect(collector.events().map(({ event }) => event.event)).toEqual(['E', 'E'])
    })
  }

  test('accepts plugins that return a Context made by another copy', async () => {
    const client = new Analytics({ writeKey: 'copies', host: collector.url })
    for (const [name, { Context }] of Object.entries(copies)) {
      await client.register({
        name,
        type: 'before',
        track: (ctx) => {
          const other = new Context(ctx.event)
          other.updateEvent(`properties.${name}`, true)
          return other
        },
      })
    }
    await client.track(EVENT)
    const [received] = collector.events()
    expect(Object.keys(received?.event.properties ?? {}).toSorted()).toEqual(Object.keys(copies).toSorted())
  })

  test('accepts the failure and the logs of such a Context', async () => {
    const client = new Analytics({ writeKey: 'copies', disable: true }).on('error', () => {})
    for (const { Context } of Object.values(copies)) {
      const other = new Context({ type: 'track', ...EVENT })
      const plugin = { name: 'p', type: 'enrichment' as const, track: () => other }
      const after = { name: 'a', type: 'after' as const, track: (ctx: core.Context) => ctx }
      await client.register(plugin, after)
      other.setFailedDelivery({ reason: 'of the plugin' })
      expect(await client.track(EVENT)).toMatchObject({ status: 'failed', error: { code: 'ERR_PLUGIN' } })
      expect(other.failedDelivery()?.reason).toBeInstanceOf(core.DeliveryError)
      expect(other.logs().map(({ extras }) => extras)).toEqual([{ plugin: 'a' }])
      await client.deregister('p', 'a')
    }
  })

  test("has errors that are instances of each copy's classes", async () => {
    const client = new Analytics({ writeKey: 'copies', disable: true }).on('error', () => {})
    const reason = await client
      .send({} as never)
      .orThrow()
      .catch((error: unknown) => error)
    const refused = (() => {
      try {
        return new Analytics({ writeKey: '' })
      } catch (error) {
        return error
      }
    })()
    for (const { DeliveryError, ValidationError } of Object.values(copies)) {
      expect([reason instanceof DeliveryError, reason instanceof ValidationError]).toEqual([true, false])
      expect([refused instanceof DeliveryError, refused instanceof ValidationError]).toEqual([false, true])
    }
  })
})

test('a subclass of an error recognises only its own instances', () => {
  class OwnError extends core.DeliveryError {}
  const { DeliveryError } = copies['the CommonJS form'] as Core
  expect(new OwnError('ERR_CLOSED', '') instanceof DeliveryError).toBe(true)
  expect(new DeliveryError('ERR_CLOSED', '') instanceof OwnError).toBe(false)
  const get = () => {
    throw new Error('it cannot be read')
  }
  const strangers: unknown[] = [undefined, null, 'text', {}, new Error(), new Proxy({}, { get })]
  for (const stranger of strangers) expect(stranger instanceof DeliveryError).toBe(false)
})

test.each([0, 2, '1'])('a client with another protocol, %j, is rejected with both versions', (protocol) => {
  const client = new core.Analytics({ writeKey: 'copies' })
  const other = { VERSION: '7.1.0', scope: client.scope, [Symbol.for('analytics-edge.client')]: protocol }
  const wrap = () => lambda.withAnalytics(other as never, async () => {})
  expect(wrap).toThrow(core.ValidationError)
  expect(wrap).toThrow(`client was made by analytics-edge 7.1.0, which does not work with ${client.VERSION}`)
})
