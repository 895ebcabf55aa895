// The handler that every runtime wraps: each situation of the contract, in no runtime's terms.

import { Analytics, type AnalyticsSettings, type Context, type Scope } from 'analytics-edge'
import type { Job } from './job.ts'

/** What the handler answers, for its runtime to put into its own form. */
export interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string | AsyncIterable<string>
}

export const CHUNK_COUNT = 5
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** The outcomes that callbacks were told, by user. */
const told = new Map<string, string[]>()
/** The errors and results of handlers, by user, for the caller of the wrapper to compare. */
const made = new Map<string, unknown>()

/** The clients at module scope, by key. */
const clients = new Map<string, Analytics>()

/** A helper deep inside an application, that knows of no invocation. */
async function trackDeep({ key, user }: Job, event: string): Promise<void> {
  await pause(10)
  clients.get(key)?.track({ userId: user, event })
}

/** @param late has the host run a task behind the response, in its own way */
export async function perform(job: Job, analytics: Scope, late: (task: Promise<unknown>) => void): Promise<Answer> {
  const track = (event: string) =>
    analytics.track({ userId: job.user, event, context: { locale: job.user } }, (error) => {
      told.set(job.user, [...(told.get(job.user) ?? []), reasonOf(error)])
      if (job.isHostile) throw new Error('the callback fell')
    })

  switch (job.situation) {
    case 'visit':
      track('Visited')
      return answer('visited')
    case 'ticks':
      track('First')
      await pause(20)
      track('Second')
      await pause(20)
      track('Third')
      return answer('ticked')
    case 'awaited': {
      const { status, attempts } = await track('Awaited')
      return answer(`${status} ${attempts}`)
    }
    case 'throw': {
      track('Before The Fall')
      const error = new TypeError('the handler fell')
      made.set(job.user, error)
      throw error
    }
    case 'stream':
      return answer(streamChunks(track))
    case 'late':
      late(pause(100).then(() => void track('Late')))
      return answer('late')
    case 'pair':
      track('Started')
      await pause(job.ms ?? 0)
      track('Ended')
      return answer(String(analytics.pendingCount))
    case 'deep':
      track('On The Scope')
      await trackDeep(job, 'On The Client')
      await pause(job.ms ?? 0)
      await trackDeep(job, 'On The Client Again')
      return answer('deep')
    case 'told':
      return answer(JSON.stringify(told.get(job.user) ?? []))
  }
}

async function* streamChunks(track: (event: string) => unknown): AsyncGenerator<string> {
  for (let chunk = 0; chunk < CHUNK_COUNT; chunk++) {
    await pause(20)
    track(`Chunk ${chunk}`)
    yield `chunk ${chunk}\n`
  }
}

const answer = (body: Answer['body']): Answer => ({ status: 203, headers: { 'x-own': 'yes' }, body })

const reasonOf = (error: unknown): string =>
  error === undefined || error === null ? 'delivered' : String((error as { code?: unknown }).code)

/** The result of a handler, noted. */
export function note<Result>(job: Job, result: Result): Result {
  made.set(job.user, result)
  return result
}

/** Whether what came out of the wrapper, a result or an error, is the very one that the handler made. */
export const isOwn = (job: Job, value: unknown): boolean => made.get(job.user) === value

export function toResponse({ status, headers, body }: Answer): Response {
  if (typeof body === 'string') return new Response(body, { status, headers })
  const chunks = body[Symbol.asyncIterator]()
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(new TextEncoder().encode(value))
    },
  })
  return new Response(stream, { status, headers })
}

/**
 * Calls a wrapped handler that answers with a Response, as its host would. An error, and a result that is not the handler's own,
 * become a response that says so: over HTTP neither would be seen.
 */
export async function callAsHost(job: Job, call: () => Promise<unknown>): Promise<Response> {
  try {
    const response = await call()
    if (response instanceof Response && isOwn(job, response)) return response
    return new Response('the wrapper changed the response', { status: 500 })
  } catch (error) {
    return new Response(String(error), { status: 500, headers: { 'x-error': isOwn(job, error) ? 'own' : 'other' } })
  }
}

/** One wrapped handler for each write key, as one module has for its settings. */
export function createWrappers<Wrapped>(wrap: (job: Job) => Wrapped): (job: Job) => Wrapped {
  const wrappers = new Map<string, Wrapped>()
  return (job) => {
    const wrapped = wrappers.get(job.key) ?? wrap(job)
    wrappers.set(job.key, wrapped)
    return wrapped
  }
}

/** The source given to a wrapper: settings, the module's client, or a client all of whose foreign code throws. */
export function sourceFor({ key, situation, isHostile }: Job, host: string): AnalyticsSettings | Analytics {
  const settings = { writeKey: key, host }
  if (situation === 'deep') return clientFor(key, settings)
  if (!isHostile) return settings
  return createHostileClient(settings)
}

function clientFor(key: string, settings: AnalyticsSettings): Analytics {
  const client = clients.get(key) ?? new Analytics(settings)
  clients.set(key, client)
  return client
}

function createHostileClient(settings: AnalyticsSettings): Analytics {
  const fall = (): never => {
    throw new Error('the listener fell')
  }
  const reject = () => Promise.reject(new Error('the listener rejected'))
  const client = new Analytics(settings)
  client
    .on('error', reject)
    .on('http_request', reject)
    .on('http_response', fall)
    .on('drained', fall)
    .on('track', reject)
  void client.register(
    { name: 'enrichment', type: 'enrichment', track: (): Context => fall() },
    { name: 'destination', type: 'destination', track: () => reject() },
    { name: 'after', type: 'after', track: () => reject() },
    { name: 'not loaded', type: 'enrichment', load: reject },
  )
  return client
}
