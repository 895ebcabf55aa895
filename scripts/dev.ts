// The example Worker in the real runtime, with a local Tracking API in Segment's place; both run until Ctrl-C. A change to the
// example reloads it; after a change to the library, run `npm run build`.
import { once } from 'node:events'
import { startCollector } from '../collector/index.ts'
import { createInterrupt } from './interrupt.ts'
import { findFreePort, startWorker } from './worker-process.ts'

const COLLECTOR_PORT = 4010
const WORKER_PORT = 8787

const interrupt = createInterrupt()
const collector = await startCollector({ port: await findFreePort(COLLECTOR_PORT), log: true, page: true })
const worker = await startWorker({
  port: await findFreePort(WORKER_PORT),
  segmentHost: collector.url,
  stdio: 'inherit',
  signal: interrupt,
})

console.log(`
Tracking API   ${collector.url}
Worker         ${worker.url}

  curl '${worker.url}/visit?user=ada'
  curl ${worker.url}/track -d '{ "userId": "ada", "event": "Item Purchased", "properties": { "revenue": 39.95 } }'
  curl -N '${worker.url}/stream?user=ada'
  curl '${worker.url}/await?user=ada'
  curl '${worker.url}/product?user=ada'
  curl '${worker.url}/cart?user=ada'
  curl -X POST '${worker.url}/orders?user=ada'
  curl '${worker.url}/cdn-cgi/handler/scheduled?cron=0+6+*+*+*'
  curl ${collector.url}/_/events

Each event that arrives is a line here, and on the page of the Tracking API. Ctrl-C stops both.
`)

if (!interrupt.aborted) await Promise.race([worker.exited, once(interrupt, 'abort')])
await worker.stop()
await collector.close()
process.exitCode = interrupt.aborted ? 0 : 1
