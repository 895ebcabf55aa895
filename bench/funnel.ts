// 3,000 invocations of one to three events through a local queue of Cloudflare's, and the same without: requests to the API.
// Then with the API down for 20 s, 5 % of its answers 500, a poison in a thousand: nothing may be lost.
import { fileURLToPath } from 'node:url'
import { startTrackingApi, until } from '../test/queues/tracking-api.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../test/support/workerd.ts'

const INVOCATIONS = 3_000
const LIMIT_MS = 300_000
const contents = await bundleWorker(fileURLToPath(new URL('../test/queues/worker.ts', import.meta.url)))

export interface FunnelResult {
  readonly eventCount: number
  readonly requestCount: number
  readonly lostCount: number
  readonly repeatedCount: number
  readonly poisonCount: number
  readonly reportedCount: number
}

async function run(MODE: 'always' | 'direct', isInStorm: boolean): Promise<FunnelResult> {
  const api = await startTrackingApi()
  const { mf, url, logs } = await startWorkerd({
    modules: [{ type: 'ESModule', path: 'index.js', contents }],
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: { HOST: api.url, MODE },
    queueProducers: { EVENTS: { queueName: 'events' } },
    queueConsumers: { events: { maxBatchSize: 100, maxBatchTimeout: 5, maxRetries: 100 } },
  })
  const reports = () => [...logs.join('').matchAll(/REPORTED (\S+)\./g)].map(([, id]) => id)
  try {
    if (isInStorm) {
      api.failShare = 0.05
      api.breakDown(20_000)
    }
    let id = 0
    const name = () => `${isInStorm && ++id % 1_000 === 0 ? 'poison' : 'event'}-${isInStorm ? id : ++id}`
    const waiting = Array.from({ length: INVOCATIONS }, (_, index) => Array.from({ length: 1 + (index % 3) }, name))
    const ids = waiting.flat()
    const work = async () => {
      for (let body = waiting.shift(); body; body = waiting.shift()) {
        await (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).text()
      }
    }
    await Promise.all(Array.from({ length: 20 }, work))
    const poisonCount = ids.filter((each) => each.startsWith('poison')).length
    const isDone = () => api.accepted.size === ids.length - poisonCount && reports().length >= poisonCount
    await until(isDone, LIMIT_MS).catch(() => {})
    return {
      eventCount: ids.length,
      requestCount: api.requestCount,
      lostCount: ids.length - poisonCount - api.accepted.size,
      repeatedCount: [...api.accepted.values()].filter((count) => count > 1).length,
      poisonCount,
      reportedCount: reports().length,
    }
  } finally {
    await mf.dispose()
    await api.close()
  }
}

const results = {
  'without a queue': await run('direct', false),
  'through the queue': await run('always', false),
  'through the queue, in the storm': await run('always', true),
}
console.table(results)
const { 'without a queue': direct, 'through the queue': queued, 'through the queue, in the storm': storm } = results
const isGood =
  queued.requestCount <= direct.requestCount / 100 &&
  queued.lostCount + queued.repeatedCount + storm.lostCount === 0 &&
  storm.reportedCount === storm.poisonCount
console.log(isGood ? 'The bars are met.' : 'NOT MET')
process.exitCode = isGood ? 0 : 1
