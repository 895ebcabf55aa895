import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { waitUntil as vercelWaitUntil } from '@vercel/functions'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { Analytics, type AnalyticsSettings, type Scope, ValidationError } from '../../../dist/index.js'
import { type VercelOptions, withAnalytics } from '../../../dist/vercel.js'

// What is Vercel's alone. What every wrapper owes its handler is in test/hosts/contract.

const VERCEL = Symbol.for('@vercel/request-context')
const NEXT = Symbol.for('@next/request-context')

let collector: Collector

beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector.close())
/** One for each test: what an earlier one has left in flight is not seen. */
let writeKey: string
/** A function for each test as well, since all wrappers of one function share its client. */
let settings: () => AnalyticsSettings
let count = 0
beforeEach(() => {
  const key = `vercel-${count++}`
  writeKey = key
  settings = () => ({ writeKey: key, host: collector.url })
})
afterEach(() => {
  for (const symbol of [VERCEL, NEXT]) Reflect.deleteProperty(globalThis, symbol)
  vi.restoreAllMocks()
})

const request = new Request('http://vercel/')
const statuses = () => collector.requests({ writeKey }).map(({ status }) => status)
const names = () => collector.events({ writeKey }).map(({ event }) => event.event)
const arrived = (...expected: string[]) =>
  vi.waitFor(() => expect(names().toSorted()).toEqual(expected.toSorted()), { timeout: 20_000 })

/** A host's way to be told of work, which refuses to be called apart from its object, as some do. */
class Host {
  readonly #work: Promise<unknown>[] = []

  waitUntil(promise: Promise<unknown>): void {
    this.#work.push(promise)
  }

  get count(): number {
    return this.#work.length
  }
}

const visit = async (_request: Request, _context: unknown, analytics: Scope) => {
  analytics.track({ userId: 'u', event: 'Visited' })
  return 'visited'
}

describe('settings', () => {
  test('are read once, at the first request', async () => {
    const source = vi.fn(settings)
    const GET = withAnalytics(source, visit)
    expect(source).not.toHaveBeenCalled()
    expect(await GET(request)).toBe('visited')
    expect(await GET(request)).toBe('visited')
    expect(source).toHaveBeenCalledTimes(1)
    expect(names()).toEqual(['Visited', 'Visited'])
  })

  test.each([
    ['an object', { writeKey: '' }],
    ['a function', () => ({ writeKey: '' })],
    [
      'a function that throws',
      () => {
        throw new Error('no secret')
      },
    ],
  ])('that are invalid are logged once and fail only the events: %s', async (_form, source) => {
    const logged = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const GET = withAnalytics(source, async (_request, _context, analytics) => {
      const { status, error } = await analytics.track({ userId: 'u', event: 'Visited' })
      return { status, error }
    })
    for (let count = 0; count < 2; count++) {
      const error = { code: 'ERR_INVALID_SETTINGS', message: expect.stringMatching(/writeKey must|no secret/) }
      expect(await GET(request)).toEqual({ status: 'failed', error })
    }
    const told = 'analytics-edge: no event can be delivered: the settings given to withAnalytics are wrong: '
    expect(logged.mock.calls).toEqual([[expect.stringContaining(told)]])
  })

  test('a missing handler throws when the module loads', () => {
    // A cast: the mistake is the point.
    expect(() => withAnalytics(settings(), undefined as never)).toThrow('handler must be a function')
  })

  test('may be a client with its own listeners', async () => {
    const told: unknown[] = []
    const client = new Analytics(settings()).on('track', ({ event }) => told.push(event.event))
    await withAnalytics(client, visit)(request)
    await withAnalytics(() => client, visit)(request)
    expect(told).toEqual(['Visited', 'Visited'])
  })

  test.each([0, -1, Number.NaN, 2 ** 31, '2000'])(
    'an invalid timeout throws when the handler is wrapped: %s',
    (timeout) => {
      // A cast, since the types refuse a string as well.
      expect(() => withAnalytics(settings, visit, { timeout } as VercelOptions)).toThrow(ValidationError)
    },
  )
})

describe("the host's waitUntil", () => {
  test('is in the request context that @vercel/functions finds', async () => {
    const host = new Host()
    Reflect.set(globalThis, VERCEL, { get: () => host })
    vercelWaitUntil(Promise.resolve())
    expect(host.count).toBe(1)
    await withAnalytics(settings, visit)(request)
    expect(host.count).toBe(2)
  })

  test("is that of an event, else of Vercel's context, else of Next's", async () => {
    const hosts = { event: new Host(), vercel: new Host(), next: new Host() }
    const counts = () => Object.values(hosts).map(({ count }) => count)
    const GET = withAnalytics(settings, visit)
    Reflect.set(globalThis, NEXT, { get: () => hosts.next })
    await GET(request, { params: Promise.resolve({}) })
    expect(counts()).toEqual([0, 0, 1])
    Reflect.set(globalThis, VERCEL, { get: () => hosts.vercel })
    await GET(request, { params: Promise.resolve({}) })
    expect(counts()).toEqual([0, 1, 1])
    await GET(request, hosts.event)
    expect(counts()).toEqual([1, 1, 1])
  })

  test.each([undefined, {}, { get: () => undefined }, { get: () => ({}) }])(
    'is not expected in a context without it: %s',
    async (holder) => {
      Reflect.set(globalThis, VERCEL, holder)
      await withAnalytics(settings, visit)(request)
      expect(statuses()).toEqual([200])
    },
  )

  test('is not called if nothing is tracked', async () => {
    const host = new Host()
    await withAnalytics(settings, async () => 'quiet')(request, host)
    expect(host.count).toBe(0)
  })

  test('that throws is logged, and affects neither the handler nor the event', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const host = {
      waitUntil() {
        throw new Error('too late')
      },
    }
    expect(await withAnalytics(settings, visit)(request, host)).toBe('visited')
    await arrived('Visited')
    expect(logged).toHaveBeenCalledTimes(1)
  })
})

describe("without the host's waitUntil", () => {
  test('a response waits for two seconds at most', async () => {
    collector.fail({ writeKey, hang: true })
    const reasons: unknown[] = []
    const startMs = Date.now()
    const GET = withAnalytics(settings, async (_request, _context, analytics) => {
      analytics.track({ userId: 'u', event: 'Visited' }, (reason) => reasons.push(reason))
      return 'visited'
    })
    expect(await GET(request)).toBe('visited')
    expect(reasons).toMatchObject([{ code: 'ERR_DEADLINE' }])
    expect(Date.now() - startMs).toBeGreaterThan(1_900)
    expect(Date.now() - startMs).toBeLessThan(20_000)
  })

  test('events tracked after the response are sent at once, without flushInterval', async () => {
    const patient = { ...settings(), flushInterval: 2_147_483_647 }
    const GET = withAnalytics(patient, async (_request, _context, analytics) => () => {
      analytics.track({ userId: 'u', event: 'Late' })
    })
    const track = await GET(request)
    track()
    await arrived('Late')
  })
})

describe('a (req, res) handler', () => {
  type Handler = (req: IncomingMessage, res: ServerResponse, analytics: Scope) => unknown

  /** Serves a handler, wrapped; `ends` are the values and errors of its promises. */
  async function serve(handler: Handler, use: (url: string, ends: unknown[]) => Promise<unknown>): Promise<void> {
    const patient = { ...settings(), flushInterval: 2_147_483_647 }
    const wrapped = withAnalytics(patient, handler)
    const ends: unknown[] = []
    const note = (end: unknown) => void ends.push(end)
    const listener: RequestListener = (req, res) => void wrapped(req, res).then(note, note)
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      // A cast: a server that listens on TCP has an AddressInfo.
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, ends)
    } finally {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }

  test('is flushed when the client has gone away', async () => {
    const handler: Handler = (_req, res, analytics) => {
      analytics.track({ userId: 'u', event: 'Begun' })
      res.write('begun')
    }
    await serve(handler, async (url) => {
      const response = await fetch(url)
      await response.body?.cancel()
      await arrived('Begun')
    })
  })

  test('that answers later, in a callback, returns at once', async () => {
    const handler: Handler = (_req, res, analytics) => {
      analytics.track({ userId: 'u', event: 'Begun' })
      setTimeout(() => {
        analytics.track({ userId: 'u', event: 'Answered' })
        res.end('answered')
      }, 50)
      return 'returned'
    }
    await serve(handler, async (url, ends) => {
      expect(await (await fetch(url)).text()).toBe('answered')
      await arrived('Begun', 'Answered')
      expect(ends).toEqual(['returned'])
    })
    expect(statuses()).toHaveLength(1)
  })

  test('is flushed when it throws, even if the response never ends', async () => {
    const fall = new Error('the handler fell')
    const handler: Handler = async (_req, _res, analytics) => {
      analytics.track({ userId: 'u', event: 'Begun' })
      throw fall
    }
    await serve(handler, async (url, ends) => {
      const leaving = new AbortController()
      const answer = fetch(url, { signal: leaving.signal }).catch(() => 'none')
      await vi.waitFor(() => expect(ends).toEqual([fall]), { timeout: 20_000 })
      expect(names()).toEqual(['Begun'])
      leaving.abort()
      expect(await answer).toBe('none')
    })
  })

  test('delivers events tracked after the response', async () => {
    const handler: Handler = async (_req, res, analytics) => {
      res.end('answered')
      await once(res, 'finish')
      await new Promise((resolve) => setTimeout(resolve, 50))
      analytics.track({ userId: 'u', event: 'Worked On' })
    }
    await serve(handler, async (url) => {
      expect(await (await fetch(url)).text()).toBe('answered')
      await arrived('Worked On')
    })
  })

  const fall = new Error('the handler fell')
  test.each([{ returned: 'returned' }, { thrown: fall }])(
    'finishes without a waitUntil once its events are delivered, after the response was sent: %j',
    async ({ returned, thrown }) => {
      collector.fail({ writeKey, delayMs: 1_000 })
      const handler: Handler = (_req, res, analytics) => {
        analytics.track({ userId: 'u', event: 'Visited' })
        res.end('answered')
        if (thrown) throw thrown
        return returned
      }
      await serve(handler, async (url, ends) => {
        expect(await (await fetch(url)).text()).toBe('answered')
        expect(statuses()).not.toContain(200)
        await vi.waitFor(() => expect(ends).toEqual([thrown ?? returned]), { timeout: 20_000 })
        expect(statuses()).toEqual([200])
      })
    },
  )
})
