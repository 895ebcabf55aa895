// Runs examples/cloudflare-queues on workerd with Cloudflare's local queues: many requests, few to the Tracking API.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startCollector } from '../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../test/support/workerd.ts'

const REQUEST_COUNT = 300
const LIMIT_MS = 60_000

/** Answers with the exit code: 0 if each event has arrived once. */
export async function runQueues(signal: AbortSignal): Promise<number> {
  const collector = await startCollector()
  const contents = await bundleWorker(
    fileURLToPath(new URL('../examples/cloudflare-queues/worker.ts', import.meta.url)),
  )
  const { mf, url } = await startWorkerd({
    workers: [
      {
        name: 'queues',
        modules: [{ type: 'ESModule', path: 'index.js', contents }],
        compatibilityDate: COMPATIBILITY_DATE,
        bindings: { SEGMENT_WRITE_KEY: 'wk_demo', SEGMENT_HOST: collector.url },
        queueProducers: { EVENTS: { queueName: 'analytics-events' } },
        queueConsumers: { 'analytics-events': { maxBatchSize: 100, maxBatchTimeout: 2, maxRetries: 20 } },
      },
    ],
  })
  try {
    console.log(
      `${REQUEST_COUNT} requests to a Worker, each with one event; the API is down for the first three seconds`,
    )
    const restore = collector.fail({ status: 503 })
    for (let index = 0; index < REQUEST_COUNT; index += 20) {
      const requests = Array.from({ length: 20 }, (_, at) => fetch(`${url}/?user=u${index + at}`))
      await Promise.all(requests.map(async (request) => (await request).text()))
    }
    await sleep(3_000, undefined, { signal })
    restore()
    const end = Date.now() + LIMIT_MS
    while (countUsers(collector) < REQUEST_COUNT && Date.now() < end) await sleep(200, undefined, { signal })
    const accepted = collector.requests().filter(({ status }) => status === 200)
    const events = collector.events()
    console.log(`${events.length} events arrived, of ${countUsers(collector)} users, in ${accepted.length} requests`)
    return events.length === REQUEST_COUNT && countUsers(collector) === REQUEST_COUNT ? 0 : 1
  } finally {
    await mf.dispose()
    await collector.close()
  }
}

function countUsers(collector: Awaited<ReturnType<typeof startCollector>>): number {
  return new Set(collector.events().map(({ event }) => event.userId)).size
}
