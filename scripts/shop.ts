// The shop in the real runtime, with a collector in Segment's place that has the shop's plan; both run until Ctrl-C. A change to
// the shop reloads it; after a change to its plan, restart the collector.
import { once } from 'node:events'
import { startCollector } from '../collector/index.ts'
import { plan } from '../examples/shop/src/plan.ts'
import { createInterrupt } from './interrupt.ts'
import { findFreePort, startWorker } from './worker-process.ts'

const COLLECTOR_PORT = 4010
const WORKER_PORT = 8787

const interrupt = createInterrupt()
const collector = await startCollector({ port: await findFreePort(COLLECTOR_PORT), log: true, page: true, plan })
const shop = await startWorker({
  config: 'examples/shop/wrangler.toml',
  port: await findFreePort(WORKER_PORT),
  segmentHost: collector.url,
  stdio: 'inherit',
  signal: interrupt,
})

console.log(`
The shop            ${shop.url}
What it sends       ${collector.url}

Open both, look at a product, and buy it. To send what is not in the shop's plan:

  curl ${collector.url}/v1/track -u any: -H 'content-type: application/json' -d '{ "userId": "ada", "event": "Order Complete" }'

The README says what else there is to see. Ctrl-C stops both.
`)

if (!interrupt.aborted) await Promise.race([shop.exited, once(interrupt, 'abort')])
await shop.stop()
await collector.close()
process.exitCode = interrupt.aborted ? 0 : 1
