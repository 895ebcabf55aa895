// 3,000 invocations of one to three events through a local queue of Cloudflare's, and the same without: requests to the API.
// Then with the API down for 20 s, 5 % of its answers 500, a poison in a thousand, and a consumer that is killed three times while its
// request is in flight: nothing may be lost, and twice may come only what a killed consumer had in hand.
import { runFunnel } from '../test/hosts/queues/funnel.ts'

const invocationCount = 3_000
const storm = { outageMs: 20_000, failShare: 0.05, poisonEach: 1_000, killCount: 3 }

const results = {
  'without a queue': await runFunnel({ mode: 'direct', invocationCount }),
  'through the queue': await runFunnel({ mode: 'always', invocationCount }),
  'through the queue, in the storm': await runFunnel({ mode: 'always', invocationCount, storm }),
}
console.table(results)
const { 'without a queue': direct, 'through the queue': queued, 'through the queue, in the storm': stormy } = results
const isGood =
  queued.requestCount <= direct.requestCount / 100 &&
  queued.lostCount + queued.repeatedCount === 0 &&
  stormy.lostCount + stormy.unexplainedCount === 0 &&
  stormy.reportedCount === stormy.poisonCount &&
  stormy.killCount === storm.killCount
console.log(isGood ? 'The bars are met.' : 'NOT MET')
process.exitCode = isGood ? 0 : 1
