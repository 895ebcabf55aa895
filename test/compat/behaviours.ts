import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, vi } from 'vitest'
import type { Analytics, AnalyticsSettings, Context, HTTPClient, Plugin } from '../../src/index.ts'
import { createGate, createPlugin, settle } from '../support/plugins.ts'
import type { IntendedDifference } from './intended-differences.ts'
import type { Subject } from './subject.ts'

/** A difference in what happens, rather than in what is sent for a call. */
export interface BehaviourDifference extends IntendedDifference {
  /** Does what shows it, and returns what is to be seen. */
  demonstrate(subject: Subject): Promise<unknown>
  readonly seen: { readonly reference: unknown; readonly ours: unknown }
  /** Whether it is about types, returns or refusals, in which `analytics-edge/segment` does not differ. */
  readonly isMainOnly?: boolean
}

/** Far more than what is due at once takes, and less than what is not. */
const SOON_MS = 1_000

const EVENT = { userId: 'u1', event: 'E' }

const LOADED: Pick<Plugin, 'isLoaded' | 'load'> = { isLoaded: () => true, load: () => Promise.resolve() }

function endsSoon(promise: PromiseLike<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, SOON_MS, false))
  return Promise.race([promise.then(() => true), late])
}

/** How an event was reported: in its callback, once that has been called. */
function trackReported(client: Analytics, params: object = {}): Promise<{ error: unknown; ctx: Context | undefined }> {
  return new Promise((resolve) => {
    client.track({ ...EVENT, ...params }, (error, ctx) => resolve({ error, ctx }))
    void client.flush()
  })
}

/** An HTTP client that answers by itself, and what it was asked, when. */
function createAnswering(
  status: number | readonly number[],
  settings: Partial<AnalyticsSettings> = {},
  headers: Record<string, string> = {},
) {
  const urls: string[] = []
  const timesMs: number[] = []
  const httpClient: AnalyticsSettings['httpClient'] = async (url) => {
    const current = typeof status === 'number' ? status : (status[urls.length] ?? 200)
    urls.push(url)
    timesMs.push(Date.now())
    return { status: current, statusText: 'As told', headers, text: async () => 'the answer' }
  }
  return { urls, timesMs, settings: { httpClient, ...settings } }
}

/** A client of an OAuth app, and how often it asked for a token. The API answers with the statuses, then with 200. */
function createOAuth({ create }: Subject, statuses: readonly number[], lifetimeSeconds = 3600) {
  const counts = { tokens: 0, batches: 0 }
  const text = async () => JSON.stringify({ access_token: 'token', token_type: 'Bearer', expires_in: lifetimeSeconds })
  const httpClient: HTTPClient = {
    makeRequest: async ({ url }) => {
      const isToken = url.endsWith('/token')
      const status = isToken ? 200 : (statuses[counts.batches] ?? 200)
      counts[isToken ? 'tokens' : 'batches']++
      return { status, statusText: 'As told', headers: {}, text }
    },
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const clientKey = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const client = create({ httpClient, flushAt: 1, oauthSettings: { clientId: 'c', clientKey, keyId: 'k' } })
  return { client, counts }
}

/** The URL that a client posts to. */
async function findUrl({ create }: Subject, settings: Partial<AnalyticsSettings>): Promise<string | undefined> {
  const answering = createAnswering(200, settings)
  await trackReported(create(answering.settings))
  return answering.urls[0]
}

/** What a setting does: the name of the field that the complaint is about, or else what the program does with its client. */
async function trySetting<Result>(create: () => Analytics, act: (client: Analytics) => Promise<Result>) {
  let client: Analytics
  try {
    client = create()
  } catch (error) {
    return { field: (error as { field?: unknown }).field }
  }
  return act(client)
}

/** Milliseconds between the first two requests, the first of which is answered with a status. */
async function measurePause({ create }: Subject, status: number, headers: Record<string, string>): Promise<number> {
  const { timesMs, settings } = createAnswering([status], {}, headers)
  await trackReported(create(settings))
  const [firstMs = 0, secondMs = 0] = timesMs
  return secondMs - firstMs
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
    isMainOnly: true,
    reference: 'nothing',
    ours: 'a Delivery: a promise that never rejects; awaited, it sends what is pending and resolves with an Outcome, plain data',
    why: 'one line instead of a `new Promise` around each call',
    demonstrate: async ({ create }) => typeof create(createAnswering(200).settings).track(EVENT)?.then,
    seen: { reference: 'undefined', ours: 'function' },
  },
  {
    name: 'what a flush resolves with',
    isMainOnly: true,
    reference: 'nothing',
    ours: '`{ delivered, failed }`',
    why: 'so that a program knows whether all went well',
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
    ours: 'works as usual',
    why: 'one slow response must not stop all deliveries of the process',
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
    ours: 'finishes with the last event',
    why: 'the host bills the wait',
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
    name: 'a flush while the callback of an earlier event is running',
    reference: 'waits for it; inside the callback, for itself',
    ours: 'waits for callbacks of the events that it covers, not of those that were reported before it began',
    why: 'a callback may flush',
    demonstrate: async ({ create }) => {
      const client = create({ flushAt: 1 })
      return new Promise((resolve) => {
        client.track(EVENT, async () => resolve(await endsSoon(client.flush())))
      })
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'a flush under steady traffic',
    reference: 'does not finish before the traffic stops',
    ours: 'covers only what was accepted before it',
    why: 'a server that flushes on a signal would never shut down',
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
    reference: 'is reported as delivered, and lost',
    ours: 'fails alone, with `ERR_NOT_SERIALIZABLE`',
    why: 'nothing may be lost silently',
    demonstrate: async ({ create }) => {
      const properties: Record<string, unknown> = {}
      properties.self = properties
      const { error } = await trackReported(create(), { properties })
      return error === undefined ? 'delivered' : 'failed'
    },
    seen: { reference: 'delivered', ours: 'failed' },
  },
  {
    name: 'an event of more than 32 KB',
    reference: 'does not count plain letters; the server rejects the batch, and its neighbours fail as well',
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
    name: 'a batch that is answered with 400 or 413',
    reference: 'fails as a whole',
    ours: 'is split, so that only the event at fault fails',
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
    reference: 'on `http_response` causes a delivered batch to be sent again',
    ours: 'is reported on the console and affects nothing else',
    why: 'a bug in logging must not duplicate data',
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
    name: 'the body of a response',
    reference: 'is never read, so each connection is used only once',
    ours: 'is read, up to 64 KB, so that the connection is reused; `http_response` contains it',
    why: 'opening a TLS connection costs more than the request',
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
    name: 'concurrent requests',
    reference: 'as many as there are batches',
    ours: '`maxConcurrentRequests`, 4 by default',
    why: 'Workers allow six connections, and bursts of requests cause 429s',
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
    name: 'more events than memory has room for',
    reference: 'are kept until memory runs out',
    ours: 'fail at once with `ERR_QUEUE_FULL` beyond `maxQueueSize` events (100,000) or `maxQueueBytes` (64 MB)',
    why: 'a server that does not answer must not bring the program down; an import awaits `flush()` from time to time',
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
    reference: 'the `context` of a call is modified',
    ours: 'are never changed',
    why: 'calls may share a context, or freeze it',
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
    ours: 'changes nothing: the event is already JSON',
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
    name: 'what plugins see',
    reference: 'the objects of the call, including nested Dates and class instances',
    ours: 'the event parsed from its JSON: `timestamp` is a Date, nested Dates are strings',
    why: 'plugins see what is sent, and cannot change or keep the caller’s objects',
    demonstrate: async ({ create }) => {
      const client = create()
      const types: unknown[] = []
      const look = (ctx: Context) => {
        types.push(typeof ctx.event.timestamp, typeof ctx.event.properties?.at)
        return ctx
      }
      await client.register(createPlugin('looker', 'enrichment', look, LOADED))
      client.track({ ...EVENT, timestamp: new Date(), properties: { at: new Date() } })
      await client.closeAndFlush()
      return types
    },
    seen: { reference: ['object', 'object'], ours: ['object', 'string'] },
  },
  {
    name: 'a plugin and an event of more than 32 KB',
    reference: 'sees it, and may make it smaller',
    ours: 'does not see it: the event has failed with `ERR_EVENT_TOO_LARGE`',
    why: 'an event in a plugin counts against `maxQueueBytes`, which an event of unlimited size would exceed',
    demonstrate: async ({ create }) => {
      const client = create()
      client.on('error', () => {})
      let isSeen = false
      const look = (ctx: Context) => {
        isSeen = true
        ctx.updateEvent('properties.text', 'short')
        return ctx
      }
      await client.register(createPlugin('trimmer', 'enrichment', look, LOADED))
      client.track({ ...EVENT, properties: { text: 'x'.repeat(40_000) } })
      await client.closeAndFlush()
      return isSeen
    },
    seen: { reference: true, ours: false },
  },
  {
    name: 'a hook that never finishes',
    reference: 'keeps its event, and every flush, pending forever',
    ours: 'fails its event after `pluginTimeout`; a hook of a destination or an `after` plugin is abandoned',
    why: 'one plugin that hangs must not stop the others or the process',
    demonstrate: async ({ side, create }) => {
      const client = create(side === 'ours' ? { pluginTimeout: 50 } : {})
      client.on('error', () => {})
      const hang = () => new Promise<never>(() => {})
      await client.register(createPlugin('hung', 'enrichment', hang, LOADED))
      return endsSoon(trackReported(client))
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'what a destination changes in an event',
    reference: 'may reach Segment and other destinations',
    ours: 'stays with that destination',
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
    reference: 'resolves before it has loaded',
    ours: 'resolves when it has loaded; in both libraries, events do not wait for it',
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
      const { error } = await trackReported(create(createAnswering(307).settings))
      return error === undefined
    },
    seen: { reference: true, ours: false },
  },
  {
    name: 'why an event failed',
    reference: 'an Error with a message',
    ours: 'a DeliveryError with a `code`, `status`, `answer` and `cause`, and the same message for a status (a 404 also names the URL)',
    why: 'programs compare codes, not messages',
    demonstrate: async ({ create }) => {
      const { error } = await trackReported(create(createAnswering(403).settings))
      const { message, code, status, answer } = error as Error & { code?: string; status?: number; answer?: string }
      return [message, code, status, answer]
    },
    seen: {
      reference: ['[403] As told', undefined, undefined, undefined],
      ours: ['[403] As told', 'ERR_HTTP_STATUS', 403, 'the answer'],
    },
  },
  {
    name: 'when a callback is called',
    reference: 'at least 300 milliseconds after its call',
    ours: 'when the outcome is known',
    why: 'a handler that waits for it is billed for the wait',
    demonstrate: async ({ create }) => {
      const startMs = performance.now()
      await trackReported(create(createAnswering(200).settings))
      return performance.now() - startMs >= 290
    },
    seen: { reference: true, ours: false },
  },
  {
    name: 'a call after closeAndFlush()',
    reference: 'emits `call_after_close`; its callback is never called',
    ours: 'emits `call_after_close`, and its callback and Delivery say `ERR_CLOSED`',
    why: 'code that waits for a callback must not wait forever',
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
    ours: 'counts the requests in which the event was sent',
    why: 'so that it can be logged',
    demonstrate: async ({ create, collector }) => {
      collector.fail({ status: 500, times: 1 })
      const { ctx } = await trackReported(create({ maxRetries: 1 }))
      return ctx?.attempts
    },
    seen: { reference: 1, ours: 2 },
  },
  {
    name: '`ctx.event` in a callback or listener',
    reference: 'is the object that the call made, with its Dates',
    ours: 'is the event as it was sent, with Dates as strings; with plugins, it is the object that they saw',
    why: 'events wait in the queue as JSON, which takes a fraction of the memory and shows what Segment got',
    demonstrate: async ({ create }) => {
      const { ctx } = await trackReported(create())
      return ctx?.event.timestamp instanceof Date
    },
    seen: { reference: true, ours: false },
  },
  {
    name: 'the form of `messageId`',
    reference: '`node-next-`, the time and a UUID: 60 characters',
    ours: 'a UUID',
    why: 'Segment only requires it to be unique, and every event contains it',
    demonstrate: async ({ create, collector }) => {
      const client = create()
      client.track(EVENT)
      await client.closeAndFlush()
      return String(collector.events()[0]?.event.messageId)
        .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, 'UUID')
        .replace(/\d{13}/, 'TIME')
    },
    seen: { reference: 'node-next-TIME-UUID', ours: 'UUID' },
  },
  {
    name: 'the pause before a first retry',
    reference: '1 to 2 seconds, then twice as long each time',
    ours: '50 to 100 milliseconds, then eight times as long each time',
    why: 'most outages are short, and an invocation that ends in two seconds has no use for a later retry',
    demonstrate: async (subject) => (await measurePause(subject, 500, {})) < 900,
    seen: { reference: false, ours: true },
  },
  {
    name: '`Retry-After` with a 408, a 503 or any other status that is retried',
    reference: 'is read only with a 429',
    ours: 'is the minimum wait of the batch; such a retry counts against `maxRetries`',
    why: 'a request before the time that the server names is pointless',
    demonstrate: async (subject) => {
      const pausesMs = await Promise.all(
        [408, 503].map((status) => measurePause(subject, status, { 'Retry-After': '3' })),
      )
      return pausesMs.map((pauseMs) => pauseMs >= 2_900)
    },
    seen: { reference: [false, false], ours: [true, true] },
  },
  {
    name: 'a server that answers 429 with `Retry-After` again and again',
    reference: 'gets `maxRetries` + 21 requests',
    ours: 'gets requests until `maxRateLimitDuration` is over, counted for each batch from its first 429',
    why: 'the number of pauses says nothing about their length',
    demonstrate: async ({ create }) => {
      vi.useFakeTimers()
      try {
        const { urls, settings } = createAnswering(
          429,
          { maxRetries: 0, maxRateLimitDuration: 40 },
          { 'Retry-After': '1' },
        )
        const client = create(settings)
        client.on('error', () => {})
        client.track(EVENT)
        const flushed = client.flush()
        await vi.advanceTimersByTimeAsync(60_000)
        await flushed
        return urls.length > 30
      } finally {
        vi.useRealTimers()
      }
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'a 4xx, or a 511, for a request with an OAuth token',
    reference: 'fails the batch; the token is dropped after 400, 401, 403 and 511, and only a 511 is tried again',
    ours: 'drops the token and tries again with a new one, once for each batch: one more token request',
    why: 'the token may have been revoked, which is not the fault of the events',
    demonstrate: async (subject) => {
      const { client, counts } = createOAuth(subject, [401])
      const { error } = await trackReported(client)
      await client.closeAndFlush()
      return { ...counts, isDelivered: error === undefined }
    },
    seen: {
      reference: { tokens: 1, batches: 1, isDelivered: false },
      ours: { tokens: 2, batches: 2, isDelivered: true },
    },
  },
  {
    name: 'an OAuth token while there are no events',
    reference: 'is renewed at half of its lifetime, by a timer',
    ours: 'is renewed when a batch needs it; from half of its lifetime on, without making the batch wait',
    why: 'a host that sleeps between invocations has no timers, and an idle process needs no token',
    demonstrate: async (subject) => {
      const { client, counts } = createOAuth(subject, [], 1)
      client.track(EVENT)
      await vi.waitFor(() => expect(counts.batches).toBe(1), 10_000)
      const before = counts.tokens
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      const isRenewed = counts.tokens > before
      await client.closeAndFlush()
      return isRenewed
    },
    seen: { reference: true, ours: false },
  },
  {
    name: 'the default of `maxRetries`',
    reference: '10',
    ours: '3',
    why: 'the spec says 3; events that still fail are reported, and `onUndelivered` can keep them',
    demonstrate: async ({ side, create }) => {
      const { urls, settings } = createAnswering(
        500,
        side === 'ours' ? { minRetryDelay: 1 } : { maxTotalBackoffDuration: 3 },
      )
      await trackReported(create(settings))
      return urls.length === 4
    },
    seen: { reference: false, ours: true },
  },
  {
    name: 'the key in `http_request`',
    reference: 'is shown, in the header and in the body',
    ours: 'is replaced, unless `redactCredentials` is false',
    why: 'listeners usually log it, and a log is no place for a key',
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
    ours: 'is the body of the response, up to 64 KB, without secrets',
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
    name: 'invalid settings',
    isMainOnly: true,
    reference: 'are used unchecked, except for a missing write key',
    ours: 'throw a ValidationError that names the setting',
    why: 'a typo must not silently mean the default',
    // A cast: the mistake is the point.
    demonstrate: ({ create }) =>
      trySetting(
        () => create({ flushAt: '5' as unknown as number }),
        async () => 'taken',
      ),
    seen: { reference: 'taken', ours: { field: 'flushAt' } },
  },
  {
    name: 'an unknown setting',
    reference: 'is ignored',
    ours: 'causes a warning that names the nearest setting',
    why: 'a typo must not silently mean the default',
    demonstrate: async ({ create }) => {
      vi.mocked(console.warn).mockClear()
      // A cast: the mistake is the point.
      create({ flushInteval: 5 } as Partial<AnalyticsSettings>)
      return vi.mocked(console.warn).mock.calls.length
    },
    seen: { reference: 0, ours: 1 },
  },
  {
    name: 'a `host` with a path',
    reference: 'loses the path',
    ours: 'keeps it',
    why: 'a proxy may sit under one',
    demonstrate: async ({ create }) => {
      const { urls, settings } = createAnswering(200, { host: 'https://proxy.example.com/segment' })
      await trackReported(create(settings))
      return urls[0]
    },
    seen: {
      reference: 'https://proxy.example.com/v1/batch',
      ours: 'https://proxy.example.com/segment/v1/batch',
    },
  },
  {
    name: 'a `path` with a slash at its end',
    reference: 'loses the slash',
    ours: 'keeps it',
    why: 'a server that requires the slash redirects a request without it, and redirected events are lost',
    demonstrate: async (subject) =>
      (await findUrl(subject, { host: 'https://proxy.example.com', path: '/batch/' }))?.slice(-7),
    seen: { reference: 'm/batch', ours: '/batch/' },
  },
  {
    name: '`flushAt: 0`',
    isMainOnly: true,
    reference: 'means 1',
    ours: 'throws a ValidationError: the minimum is 1',
    why: 'it could mean "at once" or "never"',
    demonstrate: ({ create }) => {
      const { urls, settings } = createAnswering(200, { flushAt: 0 })
      return trySetting(
        () => create(settings),
        async (client) => {
          client.track(EVENT)
          client.track(EVENT)
          await client.closeAndFlush()
          return urls.length
        },
      )
    },
    seen: { reference: 2, ours: { field: 'flushAt' } },
  },
  {
    name: '`httpRequestTimeout: 0`',
    isMainOnly: true,
    reference: 'aborts each request at once, and every event fails',
    ours: 'throws a ValidationError: the minimum is 1',
    why: 'it was probably meant as "no limit"',
    demonstrate: ({ create }) =>
      trySetting(
        () => create({ httpRequestTimeout: 0, maxRetries: 0 }),
        async (client) => ((await trackReported(client)).error as Error | undefined)?.name,
      ),
    seen: { reference: 'AbortError', ours: { field: 'httpRequestTimeout' } },
  },
  {
    name: 'the event `initialize`',
    reference: 'is emitted before a listener can be added',
    ours: 'is emitted in the next microtask, without the write key',
    why: 'so that listeners receive it',
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
    name: 'the event `register` of a new client',
    reference: 'is emitted for its own plugin, `Segment.io`',
    ours: 'is emitted only for the program’s plugins',
    why: 'delivery is not a plugin',
    demonstrate: async ({ create }) => {
      const names: string[] = []
      create().on('register', (registered) => names.push(...registered))
      await settle()
      return names
    },
    seen: { reference: ['Segment.io'], ours: [] },
  },
  {
    name: '`ctx.logs()` of a delivered event',
    reference: 'has three debug lines: Dispatching, plugin, Delivered',
    ours: 'has only what plugins logged, and errors',
    why: 'unread lines cost time and memory for each event',
    demonstrate: async (subject) => (await trackReported(subject.create())).ctx?.logs().map(({ message }) => message),
    seen: { reference: ['Dispatching', 'plugin', 'Delivered'], ours: [] },
  },
  {
    name: 'the name of the library',
    reference: '`@segment/analytics-node` in `context.library`, `analytics-node-next/latest` as User-Agent',
    ours: '`analytics-edge`, with its version, in both',
    why: 'so that logs show which library sent an event',
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
