// Runs the Lambda example, and one handler in each mode, in Lambda's real runtime interface client, which is frozen after each
// invocation. It prints what the caller and the bill see, and what a cold start costs; it exits with 0 only when every event
// arrived before the freeze.
import { parseArgs } from 'node:util'
import { COLD_START_BARS, type Form, measureColdStarts } from '../test/hosts/lambda/harness/cold-starts.ts'
import {
  type Environment,
  type Run,
  startEnvironment,
  stopAllEnvironments,
} from '../test/hosts/lambda/harness/environment.ts'
import { createTaskRoot, type TaskRoot } from '../test/hosts/lambda/harness/task-root.ts'
import { type RemoteCollector, startRemoteCollector } from '../test/support/remote-collector.ts'
import { median } from './demo/judge.ts'
import { createInterrupt, runToExit } from './interrupt.ts'

const API_DELAY_MS = 300
const COLD_STARTS = 15
const INVOCATIONS = 10

interface Mode {
  readonly name: string
  readonly handler: string
  /** How many events each invocation tracks. @default 1 */
  readonly count?: number
  /** The API never answers: no event can arrive. */
  readonly isDown?: true
  /** Nobody waits for the events: some are expected not to arrive. */
  readonly isBare?: true
}

const MODES: readonly Mode[] = [
  { name: 'no event tracked', handler: 'before.handler', count: 0 },
  { name: 'no wrapper, nobody awaits', handler: 'bare.track', isBare: true },
  { name: 'before the response', handler: 'before.handler' },
  { name: 'after the response', handler: 'after.handler' },
  { name: 'before, the API is down', handler: 'before.handler', isDown: true },
  { name: 'after, the API is down', handler: 'after.handler', isDown: true },
]

// There are none: a mistaken one is rejected.
parseArgs()
const interrupt = createInterrupt()
interrupt.addEventListener('abort', () => void stopAllEnvironments())
await runToExit('demo', interrupt, runDemo)

async function runDemo(): Promise<number> {
  const collector = await startRemoteCollector()
  const taskRoot = await createTaskRoot()
  try {
    const failures = [...(await runExample(collector, taskRoot)), ...(await runModes(collector, taskRoot))]
    await runColdStarts(taskRoot)
    console.log(
      failures.length === 0 ? '\n✓ With the wrapper, every event arrived before the freeze.' : failures.join('\n'),
    )
    return failures.length === 0 ? 0 : 1
  } finally {
    await stopAllEnvironments()
    await taskRoot.remove()
    await collector.stop()
  }
}

async function runExample(collector: RemoteCollector, taskRoot: TaskRoot): Promise<string[]> {
  await taskRoot.bundle('examples/aws-lambda/src/http.ts', 'http', 'esm')
  await taskRoot.bundle('examples/aws-lambda/src/queue.ts', 'queue', 'cjs')
  const record = (id: string) => ({ messageId: id, body: JSON.stringify({ id, userId: 'ada' }) })
  const calls = [
    { title: 'GET /visit?user=ada', handler: 'http.handler', count: 2, event: visit('ada') },
    { title: 'SQS, 3 orders', handler: 'queue.handler', count: 3, event: { Records: ['1', '2', '3'].map(record) } },
  ]
  console.log(`The example, while the API takes ${API_DELAY_MS} ms:\n`)
  const failures: string[] = []
  for (const { title, handler, count, event } of calls) {
    await collector.clear()
    await collector.fail({ delayMs: API_DELAY_MS })
    const environment = await start(handler, collector, taskRoot)
    const run = await environment.run(event)
    await environment.stop()
    const arrived = (await collector.events()).filter(({ receivedAt }) => Date.parse(receivedAt) <= run.frozenAtMs)
    console.log(`  ${title.padEnd(22)}answered after ${run.latencyMs} ms, frozen after ${run.billedMs} ms:`)
    for (const { event, type } of arrived) console.log(`    ${type} ${event.event ?? event.userId}`)
    if (arrived.length !== count) failures.push(`✗ ${title}: ${arrived.length} of ${count} events arrived`)
  }
  return failures
}

function visit(user: string): object {
  return { rawPath: '/visit', queryStringParameters: { user } }
}

async function runModes(collector: RemoteCollector, taskRoot: TaskRoot): Promise<string[]> {
  console.log(`\nMedians of ${INVOCATIONS} warm invocations with a handler of no work (of 2 where the API is down):\n`)
  console.log('| | the caller waits | billed | arrived before the freeze |')
  console.log('| --- | ---: | ---: | ---: |')
  const failures: string[] = []
  for (const mode of MODES) failures.push(...(await runMode(mode, collector, taskRoot)))
  return failures
}

async function runMode(mode: Mode, collector: RemoteCollector, taskRoot: TaskRoot): Promise<string[]> {
  const { name, handler, count = 1, isDown = false, isBare = false } = mode
  await collector.clear()
  await collector.fail(isDown ? { hang: true } : { delayMs: API_DELAY_MS })
  const environment = await start(handler, collector, taskRoot)
  await environment.run({ id: 'cold', count })
  const runs = new Map<string, Run>()
  for (let index = 0; index < (isDown ? 2 : INVOCATIONS); index++) {
    runs.set(`warm-${index}`, await environment.run({ id: `warm-${index}`, count }))
  }
  await environment.stop()
  const inTime = (await collector.events()).filter(
    ({ event, receivedAt }) => Date.parse(receivedAt) <= (runs.get(String(event.userId))?.frozenAtMs ?? 0),
  )
  const all = [...runs.values()]
  const sent = runs.size * count
  const latency = `${median(all.map(({ latencyMs }) => latencyMs))} ms`
  const billed = `${median(all.map(({ billedMs }) => billedMs))} ms`
  console.log(`| ${name} | ${latency} | ${billed} | ${inTime.length} of ${sent} |`)
  if (isBare) return inTime.length < sent ? [] : [`✗ ${name}: nothing was lost, so this proves nothing`]
  return isDown || inTime.length === sent ? [] : [`✗ ${name}: ${inTime.length} of ${sent} events arrived in time`]
}

async function runColdStarts(taskRoot: TaskRoot): Promise<void> {
  const { wrapperRatio, extensionRatio } = COLD_START_BARS
  console.log(
    `\nInit phases, medians of ${COLD_STARTS}, by turns; what is added, in init phases of the plain handler:\n`,
  )
  console.log('| | plain handler | with the wrapper | adds | with the extension | adds to that |')
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
  for (const form of ['ES module', 'ES bundle', 'CommonJS bundle'] satisfies Form[]) {
    interrupt.throwIfAborted()
    const cold = await measureColdStarts(taskRoot, form, COLD_STARTS, (initMs) => median(initMs) ?? Number.NaN)
    const wrapper = `${cold.wrapperMs} ms | ${cold.wrapperRatio.toFixed(2)}`
    const extension = `${cold.extensionMs} ms | ${cold.extensionRatio.toFixed(2)}`
    console.log(`| ${form} | ${cold.plainMs} ms | ${wrapper} | ${extension} |`)
  }
  console.log(`| at most | | | ${wrapperRatio.toFixed(2)} | | ${extensionRatio.toFixed(2)} |`)
}

function start(handler: string, collector: RemoteCollector, taskRoot: TaskRoot): Promise<Environment> {
  interrupt.throwIfAborted()
  const env = { SEGMENT_HOST: collector.url, SEGMENT_WRITE_KEY: 'demo' }
  return startEnvironment({ taskRoot: taskRoot.path, handler, env, timeoutMs: 20_000 })
}
