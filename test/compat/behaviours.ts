import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Analytics, AnalyticsSettings, Context, Plugin } from '../../src/index.ts'
import { createGate, createPlugin, settle } from '../plugins/support.ts'
import type { IntendedDifference } from './intended-differences.ts'
import type { Subject } from './subject.ts'

/** A difference in what happens, rather than in what is sent for a call. */
export interface BehaviourDifference extends IntendedDifference {
  /** Does what shows it, and answers with what is to be seen. */
  demonstrate(subject: Subject): Promise<unknown>
  readonly seen: { readonly reference: unknown; readonly ours: unknown }
}

/** Far more than what is due at once takes, and less than what is not. */
const SOON_MS = 1_000

const EVENT = { userId: 'u1', event: 'E' }

const LOADED: Pick<Plugin, 'isLoaded' | 'load'> = { isLoaded: () => true, load: () => Promise.resolve() }

function endsSoon(promise: PromiseLike<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, SOON_MS, false))
  return Promise.race([promise.then(() => true), late])
}

/** How an event was told: in its callback, once that has been called. */
function trackTold(client: Analytics, params: object = {}): Promise<{ error: unknown; ctx: Context | undefined }> {
  return new Promise((resolve) => {
    client.track({ ...EVENT, ...params }, (error, ctx) => resolve({ error, ctx }))
    void client.flush()
  })
}

/** An HTTP client that answers by itself, and what it was asked. */
function createAnswering(status: number, settings: Partial<AnalyticsSettings> = {}) {
  const urls: string[] = []
  const httpClient: AnalyticsSettings['httpClient'] = async (url) => {
    urls.push(url)
    return { status, statusText: 'As told', headers: {}, text: async () => 'the answer' }
  }
  return { urls, settings: { httpClient, ...settings } }
}

/** A server that counts, and answers with a body that does not come with its headers. */
async function countConnections(
  act: (url: string) => Promise<void>,
  { delayMs, bodyBytes }: { delayMs: number; bodyBytes: number },
) {
  const counts = { connections: 0, open: 0, mostOpen: 0 }
  const server = createServer((request, response) => {
    counts.mostOpen = Math.max(counts.mostOpen, ++counts.open)
    request.resume().on('end', () => {
      setTimeout(() => {
        counts.open--
        response.end(Buffer.alloc(bodyBytes))
      }, delayMs)
    })
  })
  server.on('connection', () => counts.connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has an AddressInfo; a string is for pipes.
  const { port } = server.address() as AddressInfo
  try {
    await act(`http://127.0.0.1:${port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
  return counts
}

const names = ({ collector }: Subject) => collector.events().map(({ event }) => event.event)

export const behaviours: readonly BehaviourDifference[] = [
  {
    name: 'what a call returns',
    reference: 'nothing',
    ours: 'a Delivery: a promise that never rejects; awaited, it sends what is pending',
    why: 'one line instead of a `new Promise` around each call',
    demonstrate: async ({ create }) => typeof create(createAnswering(200).settings).track(EVENT)?.then,
    seen: { reference: 'undefined', ours: 'function' },
  },
  {
    name: 'what a flush resolves with',
    reference: 'nothing',
    ours: '`{ delivered, failed }`',
    why: 'so that a program can tell whether all went well',
    demonstrate: async ({ create }) => {
      const client = create()
      client.track(EVENT)
      return client.closeAndFlush()
    },
    seen: { reference: undefined, ours: { delivered: 1, failed: 0 } },
  },
  {
    name: 'a second flush while one is running',
    reference: 'warns and returns at once, with its events unsent',
    ours: 'covers all events accepted before it, and shares their requests',
    why: 'a handler that awaits its flush relies on it',
    demonstrate: async ({ create, collector }) => {
      collector.fail({ delayMs: 200 })
      const client = create()
      client.track({ ...EVENT, event: 'One' })
      void client.flush()
      client.track({ ...EVENT, event: 'Two' })
      await client.flush()
      return collector
        .requests()
        .filter(({ status }) => status === 200)
        .flatMap(({ messageIds }) => messageIds).length
    },
    seen: { reference: 0, ours: 2 },
  },
  {
    name: 'a flush after one that met its timeout',
    reference: 'returns at once, with its events unsent',
    ours: 'works as ever',
    why: 'one slow answer must not end all deliveries of the process',
    demonstrate: async ({ create, collector }) => {
      collector.fail({ hang: true, times: 1 })
      const client = create({ maxRetries: 0 })
      client.on('error', () => {})
      client.track({ ...EVENT, event: 'One' })
      await client.flush({ timeout: 50 })
      client.track({ ...EVENT, event: 'Two' })
      await client.flush()
      return collector.events().map(({ event }) => event.event)
    },
    seen: { reference: [], ours: ['Two'] },
  },
  {
    name: 'a flush when a plugin drops an event',
    reference: 'waits for a whole `flushInterval`',
    ours: 'ends with the last event',
    why: 'a host bills the wait',
    demonstrate: async ({ create }) => {
      const client = create({ flushInterval: 5 * SOON_MS })
      client.on('error', () => {})
      const drop = (ctx: Context) => (ctx.event.event === 'Dropped' ? ctx.cancel() : ctx)
      await client.register(createPlugin('guard', 'before', drop, LOADED))
      client.track(EVENT)
      client.track({ ...EVENT, event: 'Dropped' })
      return endsSoon(client.flush())
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'a flush under steady traffic',
    reference: 'does not end before the traffic does',
    ours: 'covers what was accepted before it, no more',
    why: 'a server that flushes on a signal would never go down',
    demonstrate: async ({ create }) => {
      const client = create({ flushInterval: 20 })
      client.track(EVENT)
      const traffic = setInterval(() => client.track(EVENT), 2)
      const hasEnded = await endsSoon(client.flush())
      clearInterval(traffic)
      return hasEnded
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'an event that cannot become JSON',
    reference: 'is told as delivered, and lost',
    ours: 'fails alone, with `ERR_NOT_SERIALIZABLE`',
    why: 'nothing may be lost silently',
    demonstrate: async ({ create }) => {
      const properties: Record<string, unknown> = {}
      properties.self = properties
      const { error } = await trackTold(create(), { properties })
      return error === undefined ? 'delivered' : 'failed'
    },
    seen: { reference: 'delivered', ours: 'failed' },
  },
  {
    name: 'an event of more than 32 KB',
    reference: 'counts plain letters as nothing; the server refuses the batch, and its neighbours fail with it',
    ours: 'counts exact bytes; it fails alone, with `ERR_EVENT_TOO_LARGE`',
    why: 'one event’s failure is its own',
    demonstrate: async (subject) => {
      const client = subject.create({ maxRetries: 0 })
      client.on('error', () => {})
      client.track({ ...EVENT, event: 'Small' })
      client.track({ ...EVENT, event: 'Large', properties: { text: 'x'.repeat(40_000) } })
      await client.closeAndFlush()
      return names(subject)
    },
    seen: { reference: [], ours: ['Small'] },
  },
  {
    name: 'a batch that is refused with 400 or 413',
    reference: 'fails as a whole',
    ours: 'is split, so that the event to blame fails alone',
    why: 'one event’s failure is its own',
    demonstrate: async (subject) => {
      subject.collector.fail({ status: 413, times: 1 })
      const client = subject.create({ maxRetries: 0 })
      client.on('error', () => {})
      client.track({ ...EVENT, event: 'One' })
      client.track({ ...EVENT, event: 'Two' })
      await client.closeAndFlush()
      return names(subject).toSorted()
    },
    seen: { reference: [], ours: ['One', 'Two'] },
  },
  {
    name: 'a listener that throws',
    reference: 'of `http_response` has a delivered batch sent again',
    ours: 'is reported on the console and harms nobody',
    why: 'a bug in logging must not double the data',
    demonstrate: async ({ create, collector }) => {
      const client = create({ maxRetries: 1 })
      client.on('error', () => {})
      client.on('http_response', () => {
        throw new Error('a listener that throws')
      })
      client.track(EVENT)
      await client.closeAndFlush()
      return collector.requests().length
    },
    seen: { reference: 2, ours: 1 },
  },
  {
    name: 'the body of an answer',
    reference: 'is never read, so that a connection is used once',
    ours: 'is always read, so that it is used again; `http_response` carries it',
    why: 'a connection with TLS costs more than the request',
    demonstrate: async ({ create }) => {
      const { connections } = await countConnections(
        async (host) => {
          const client = create({ host })
          for (let index = 0; index < 4; index++) {
            client.track(EVENT)
            await client.flush()
          }
        },
        { delayMs: 0, bodyBytes: 100_000 },
      )
      // The first may still be closing its answer when the second is opened.
      return connections < 4
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'requests at once',
    reference: 'as many as there are batches',
    ours: '`maxConcurrentRequests`, 4 by default',
    why: 'Workers allow six connections, and a crowd of requests is what one gets 429 for',
    demonstrate: async ({ create }) => {
      const { mostOpen } = await countConnections(
        async (host) => {
          const client = create({ host, flushAt: 1 })
          for (let index = 0; index < 60; index++) client.track(EVENT)
          await client.closeAndFlush()
        },
        { delayMs: 100, bodyBytes: 0 },
      )
      return mostOpen > 4
    },
    seen: { reference: true, ours: false },
  },
  {
    name: 'more events than memory should hold',
    reference: 'are kept, until memory ends',
    ours: 'fail at once with `ERR_QUEUE_FULL` beyond `maxQueueSize` events (100,000) or `maxQueueBytes` (64 MB)',
    why: 'a server that does not answer must not take the program along; an import awaits `flush()` now and then',
    demonstrate: async ({ create }) => {
      const client = create({ maxQueueSize: 5 })
      let failedCount = 0
      client.on('error', () => failedCount++)
      for (let index = 0; index < 10; index++) client.track(EVENT)
      const failedAtOnce = failedCount
      await client.closeAndFlush()
      return failedAtOnce
    },
    seen: { reference: 0, ours: 5 },
  },
  {
    name: 'a critical plugin that does not load',
    reference: 'is dropped like any other, and events go out without it',
    ours: 'halts delivery: each event fails with `ERR_PLUGIN` (plugins say so with `critical: true`)',
    why: 'the spec says so, and a plugin that removes personal data is not optional',
    demonstrate: async (subject) => {
      const client = subject.create()
      client.on('error', () => {})
      const load = () => Promise.reject(new Error('does not load'))
      await client.register(
        createPlugin('scrubber', 'before', (ctx) => ctx, { isLoaded: () => false, load, critical: true }),
      )
      client.track(EVENT)
      await client.closeAndFlush()
      return names(subject)
    },
    seen: { reference: ['E'], ours: [] },
  },
  {
    name: 'the objects of the caller',
    reference: 'the `context` of a call is written into',
    ours: 'are never changed',
    why: 'a context that is shared by calls, or frozen',
    demonstrate: async ({ create }) => {
      const context = {}
      const client = create()
      client.track({ ...EVENT, context })
      await client.closeAndFlush()
      return context
    },
    seen: { reference: { library: { name: '@segment/analytics-node', version: '3.1.0' } }, ours: {} },
  },
  {
    name: 'an object changed after its call',
    reference: 'changes what is sent',
    ours: 'changes nothing: the event is JSON already, or was copied for the plugins',
    why: 'what is sent is what was tracked',
    demonstrate: async ({ create, collector }) => {
      const properties = { state: 'then' }
      const client = create()
      client.track({ ...EVENT, properties })
      properties.state = 'later'
      await client.closeAndFlush()
      return collector.events()[0]?.event.properties
    },
    seen: { reference: { state: 'later' }, ours: { state: 'then' } },
  },
  {
    name: 'what a destination changes in an event',
    reference: 'may reach Segment and other destinations',
    ours: 'is for itself alone',
    why: 'the spec says so',
    demonstrate: async ({ create, collector }) => {
      const client = create()
      const change = (ctx: Context) => {
        ctx.updateEvent('event', 'Changed')
        return ctx
      }
      await client.register(createPlugin('Vero', 'destination', change, LOADED))
      client.track(EVENT)
      client.track(EVENT)
      await client.closeAndFlush()
      return collector.events()[0]?.event.event
    },
    seen: { reference: 'Changed', ours: 'E' },
  },
  {
    name: 'register() with a destination',
    reference: 'resolves before that has loaded',
    ours: 'resolves when it has; events do not wait for it in either',
    why: 'the spec says so',
    demonstrate: async ({ create }) => {
      const gate = createGate()
      const client = create()
      let hasLoaded = false
      const load = () =>
        gate.promise.then(() => {
          hasLoaded = true
        })
      const registered = client.register(createPlugin('Vero', 'destination', (ctx) => ctx, { ...LOADED, load }))
      setTimeout(gate.open, 50)
      await registered
      return hasLoaded
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'a redirect (3xx)',
    reference: 'counts as delivered',
    ours: 'fails, and the reason names the location',
    why: 'a redirected POST arrives as an empty GET',
    demonstrate: async ({ create }) => {
      const { error } = await trackTold(create(createAnswering(307).settings))
      return error === undefined
    },
    seen: { reference: true, ours: false },
  },
  {
    name: 'why an event failed',
    reference: 'an Error with a message',
    ours: 'a DeliveryError, with the same message for a status, and a `code`, the `status` and the `cause`',
    why: 'programs compare codes, not messages',
    demonstrate: async ({ create }) => {
      const { error } = await trackTold(create(createAnswering(404).settings))
      const { message, code, status } = error as Error & { code?: string; status?: number }
      return [message, code, status]
    },
    seen: { reference: ['[404] As told', undefined, undefined], ours: ['[404] As told', 'ERR_HTTP_STATUS', 404] },
  },
  {
    name: 'when a callback is called',
    reference: 'at least 300 milliseconds after its call',
    ours: 'when the outcome is known',
    why: 'a handler that waits for it is billed for the wait',
    demonstrate: async ({ create }) => {
      const startMs = performance.now()
      await trackTold(create(createAnswering(200).settings))
      return performance.now() - startMs >= 290
    },
    seen: { reference: true, ours: false },
  },
  {
    name: 'a call after closeAndFlush()',
    reference: 'emits `call_after_close`; its callback is never called',
    ours: 'emits `call_after_close`, and its callback and Delivery say `ERR_CLOSED`',
    why: 'who waits for a callback must not wait forever',
    demonstrate: async ({ create }) => {
      const client = create()
      await client.closeAndFlush()
      let isCalled = false
      client.track(EVENT, () => {
        isCalled = true
      })
      await settle()
      return isCalled
    },
    seen: { reference: false, ours: true },
  },
  {
    name: '`ctx.attempts`',
    reference: 'is always 1',
    ours: 'counts the requests that have carried the event',
    why: 'so that a log can tell',
    demonstrate: async ({ create, collector }) => {
      collector.fail({ status: 500, times: 1 })
      const { ctx } = await trackTold(create({ maxRetries: 1 }))
      return ctx?.attempts
    },
    seen: { reference: 1, ours: 2 },
  },
  {
    name: '`ctx.event` in a callback or listener',
    reference: 'is the object that the call made, with its Dates',
    ours: 'is the event as it was sent: a Date is the string that it became; with plugins, it is the object that they have seen',
    why: 'what waits in the queue is JSON, a fraction of the memory, and shows what Segment got',
    demonstrate: async ({ create }) => {
      const { ctx } = await trackTold(create())
      return ctx?.event.timestamp instanceof Date
    },
    seen: { reference: true, ours: false },
  },
  {
    name: 'the default of `maxRetries`',
    reference: '10',
    ours: '3',
    why: 'the spec says 3; what still fails then is told, and `onUndelivered` can keep it',
    demonstrate: async ({ side, create }) => {
      const { urls, settings } = createAnswering(
        500,
        side === 'ours' ? { minRetryDelay: 1 } : { maxTotalBackoffDuration: 3 },
      )
      await trackTold(create(settings))
      return urls.length === 4
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'the key in `http_request`',
    reference: 'is there, in the header and in the body',
    ours: 'is replaced, unless `redactCredentials` is false',
    why: 'the event is there to be logged, and a log is no place for a key',
    demonstrate: async ({ side, create }) => {
      const client = create(side === 'ours' ? { redactCredentials: true } : {})
      let hasKey = false
      client.on('http_request', ({ headers, body }) => {
        hasKey = /^Basic /.test(headers.Authorization ?? '') || body.includes('"compat"')
      })
      client.track(EVENT)
      await client.closeAndFlush()
      return hasKey
    },
    seen: { reference: true, ours: false },
  },
  {
    name: '`http_response.body`',
    reference: 'is the body of the request',
    ours: 'is that of the answer',
    why: 'its name',
    demonstrate: async ({ create }) => {
      const client = create(createAnswering(200).settings)
      const bodies: string[] = []
      client.on('http_response', ({ body }) => bodies.push(body))
      client.track(EVENT)
      await client.closeAndFlush()
      return bodies[0] === 'the answer'
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'settings that are wrong',
    reference: 'are taken as they are, but for a missing write key',
    ours: 'throw a ValidationError that names the setting; so does a name that is no setting',
    why: 'a typo must not pass for a default',
    demonstrate: async ({ create }) => {
      try {
        // A cast: the mistake is the point.
        create({ flushInteval: 5 } as Partial<AnalyticsSettings>)
        return 'taken'
      } catch (error) {
        return (error as { field?: unknown }).field
      }
    },
    seen: { reference: 'taken', ours: 'flushInteval' },
  },
  {
    name: 'a `host` with a path',
    reference: 'loses the path',
    ours: 'keeps it',
    why: 'a proxy may sit under one',
    demonstrate: async ({ create }) => {
      const { urls, settings } = createAnswering(200, { host: 'https://proxy.example.com/segment' })
      await trackTold(create(settings))
      return urls[0]
    },
    seen: {
      reference: 'https://proxy.example.com/v1/batch',
      ours: 'https://proxy.example.com/segment/v1/batch',
    },
  },
  {
    name: 'the event `initialize`',
    reference: 'is emitted before anybody can listen',
    ours: 'is emitted in the next microtask, without the write key',
    why: 'so that it can be heard',
    demonstrate: async ({ create }) => {
      let isHeard = false
      create().on('initialize', () => {
        isHeard = true
      })
      await settle()
      return isHeard
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'the name of the library',
    reference: '`@segment/analytics-node` in `context.library`, `analytics-node-next/latest` as User-Agent',
    ours: '`analytics-edge`, with its version, in both',
    why: 'so that one can tell them apart',
    demonstrate: async ({ create, collector }) => {
      const client = create()
      client.track(EVENT)
      await client.closeAndFlush()
      const { context } = collector.events()[0]?.event ?? {}
      const agent = collector.requests()[0]?.headers['user-agent']?.split('/')[0]
      return [(context as { library: { name: string } }).library.name, agent]
    },
    seen: { reference: ['@segment/analytics-node', 'analytics-node-next'], ours: ['analytics-edge', 'analytics-edge'] },
  },
]
