import { fileURLToPath } from 'node:url'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../../support/workerd.ts'
import { startKillableConsumer } from './killable-consumer.ts'
import { startTrackingApi, until } from './tracking-api.ts'

export interface FunnelOptions {
  readonly mode: 'always' | 'direct'
  /** Invocations of one to three events each. */
  readonly invocationCount: number
  readonly storm?: {
    /** Milliseconds for which the API is down, from the start. */
    readonly outageMs: number
    /** Part of the API's other answers that are 500. */
    readonly failShare: number
    /** One event in so many is a poison. */
    readonly poisonEach: number
    /** Kills the consumer so often, each time while its request is in flight. */
    readonly killCount: number
  }
}

export interface FunnelResult {
  readonly eventCount: number
  readonly requestCount: number
  readonly lostCount: number
  readonly repeatedCount: number
  /** Events that came or were reported twice, and were not in the hands of a killed consumer: at-least-once does not explain them. */
  readonly unexplainedCount: number
  readonly poisonCount: number
  readonly reportedCount: number
  readonly killCount: number
}

const LIMIT_MS = 300_000
const CONCURRENCY = 20
const HELD = ['accepted', 'unread'] as const

export const contents = await bundleWorker(fileURLToPath(new URL('queues-worker.ts', import.meta.url)))

/** The Worker that tracks, and puts its events into the queue. */
export const createProducer = (bindings: Record<string, string>) => ({
  name: 'app',
  modules: [{ type: 'ESModule' as const, path: 'index.js', contents }],
  compatibilityDate: COMPATIBILITY_DATE,
  bindings,
  queueProducers: { EVENTS: { queueName: 'events' }, FOREIGN: { queueName: 'events' } },
})

/** Message ids of invocations of one to three events each. */
export function createInvocations(count: number, poisonEach = Number.POSITIVE_INFINITY): string[][] {
  let id = 0
  return Array.from({ length: count }, (_, index) =>
    Array.from({ length: 1 + (index % 3) }, () => `${++id % poisonEach === 0 ? 'poison' : 'event'}-${id}`),
  )
}

export async function invoke(url: string, invocations: readonly string[][]): Promise<void> {
  const waiting = [...invocations]
  const work = async () => {
    for (let ids = waiting.shift(); ids; ids = waiting.shift()) {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(ids) })
      if (response.status !== 200) throw new Error(`the producer answered ${response.status}: ${await response.text()}`)
      await response.text()
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
}

/** Sends invocations through a local queue of Cloudflare's, or directly, and counts what becomes of their events. */
export async function runFunnel({ mode, invocationCount, storm }: FunnelOptions): Promise<FunnelResult> {
  const api = await startTrackingApi()
  const bindings = { HOST: api.url, MODE: mode }
  const queueConsumers = { events: { maxBatchSize: 100, maxBatchTimeout: 5, maxRetries: 100 } }
  const consumer = storm && (await startKillableConsumer('consumer', contents, bindings, queueConsumers))
  const producer = { ...createProducer(bindings), ...(!consumer && { queueConsumers }) }
  const { mf, url, logs } = await startWorkerd({ workers: consumer ? [producer, consumer.worker] : [producer] })
  const listReported = () =>
    [...[...logs, ...(consumer?.logs ?? [])].join('').matchAll(/REPORTED (\S+)\./g)].map(([, id = '']) => id)
  const inHand = new Set<string>()
  let killCount = 0
  const killOften = async () => {
    while (consumer && killCount < storm.killCount) {
      await api.holdNext(HELD[killCount % 2] ?? 'unread')
      for (const id of await consumer.kill()) inHand.add(id)
      killCount++
    }
  }
  try {
    api.failShare = storm?.failShare ?? 0
    api.breakDown(storm?.outageMs ?? 0)
    const killed = killOften()
    const invocations = createInvocations(invocationCount, storm?.poisonEach)
    const ids = invocations.flat()
    const poisonCount = ids.filter((id) => id.startsWith('poison')).length
    await invoke(url, invocations)
    const isDone = () =>
      killCount === (storm?.killCount ?? 0) &&
      api.accepted.size === ids.length - poisonCount &&
      new Set(listReported()).size >= poisonCount
    // What is missing then shows in the counts.
    await Promise.race([until(isDone, LIMIT_MS).catch(() => {}), killed.then(() => new Promise(() => {}))])
    const reported = listReported()
    const repeated = [...api.accepted].flatMap(([id, count]) => (count > 1 ? [id] : []))
    const reportedAgain = reported.filter((id, index) => reported.indexOf(id) < index)
    return {
      eventCount: ids.length,
      requestCount: api.requestCount,
      lostCount: ids.filter((id) => !api.accepted.has(id) && !reported.includes(id)).length,
      repeatedCount: repeated.length,
      unexplainedCount: [...repeated, ...reportedAgain].filter((id) => !inHand.has(id)).length,
      poisonCount,
      reportedCount: new Set(reported).size,
      killCount,
    }
  } finally {
    await mf.dispose()
    await consumer?.close()
    await api.close()
  }
}
