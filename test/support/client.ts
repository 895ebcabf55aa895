import { afterAll, afterEach } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { Analytics, type AnalyticsSettings, type Delivery, DeliveryError, type EmittedError } from '../../src/index.ts'

export const WRITE_KEY = 'wk_unit_9f3a'

/** So long that a test which waits for it fails. */
export const NEVER_MS = 1_000_000_000

const clients: Analytics[] = []

/** A collector for a whole test file; it is emptied, and the clients of the test are closed, after each test. */
export async function openCollector(): Promise<Collector> {
  const collector = await startCollector()
  afterEach(async () => {
    const results = await Promise.all(clients.splice(0).map((client) => client.closeAndFlush({ timeout: 1 })))
    // What a client that gave up had sent may still be on its way; after a test that failed, more of it.
    if (results.length > 0) await rest(results.some(({ delivered, failed }) => delivered + failed > 0) ? 50 : 5)
    collector.clear()
  })
  afterAll(() => collector.close())
  return collector
}

/** A client that sends to the collector, or a server, and, left alone, never flushes. */
export function createClient(collector: Pick<Collector, 'url'>, settings: Partial<AnalyticsSettings> = {}): Analytics {
  const client = new Analytics({ writeKey: WRITE_KEY, host: collector.url, flushInterval: NEVER_MS, ...settings })
  clients.push(client)
  return client
}

/** Tracks events named '0', '1', and so on. */
export function trackMany(client: Pick<Analytics, 'track'>, count: number): void {
  for (let index = 0; index < count; index++) client.track({ userId: 'u1', event: `${index}` })
}

/** The client's `error` events, as they come. */
export function recordErrors(client: Analytics): EmittedError[] {
  const errors: EmittedError[] = []
  client.on('error', (error) => errors.push(error))
  return errors
}

/** The reason with which an event failed, as the error that it is; undefined if it was delivered. */
export async function reasonOf(delivery: Delivery): Promise<DeliveryError | undefined> {
  try {
    await delivery.orThrow()
    return undefined
  } catch (reason) {
    if (reason instanceof DeliveryError) return reason
    throw reason
  }
}

/** What the collector got, by the events' names, in the order in which they came. */
export function receivedNames(collector: Collector): unknown[] {
  return collector.events().map(({ event }) => event.event)
}

/** The statuses with which the collector answered, in the order of the requests. */
export function answers(collector: Collector): unknown[] {
  return collector.requests().map(({ status }) => status)
}

/** A host's `waitUntil`, and what it was given. */
export function createHost() {
  const promises: Promise<unknown>[] = []
  return { promises, waitUntil: (promise: Promise<unknown>) => void promises.push(promise) }
}

export function rest(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}

/** The promise's value, or `'still pending'` when there is none after a while. */
export function within<T>(durationMs: number, promise: PromiseLike<T>): Promise<T | 'still pending'> {
  return Promise.race([promise, rest(durationMs).then(() => 'still pending' as const)])
}
