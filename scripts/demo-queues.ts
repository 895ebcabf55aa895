// Runs both examples of queues: examples/cloudflare-queues on workerd with Cloudflare's local queues, and examples/aws-lambda in Lambda's
// real runtime interface client with a local SQS. The API is down during many invocations, and a few requests deliver their events afterwards.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { SqsBatchResponse } from 'analytics-edge/lambda'
import pWaitFor from 'p-wait-for'
import { type Environment, startEnvironment } from '../test/hosts/lambda/harness/environment.ts'
import { createTaskRoot } from '../test/hosts/lambda/harness/task-root.ts'
import { startLocalSqs } from '../test/hosts/queues/local-sqs.ts'
import { type RemoteCollector, startRemoteCollector } from '../test/support/remote-collector.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../test/support/workerd.ts'
import { installLambdaClient } from './demo/install-lambda-client.ts'

const WORKER_REQUESTS = 300
const OUTAGE_MS = 3_000
const LAMBDA_INVOCATIONS = 12
const ENVIRONMENTS = 4
const LIMIT_MS = 60_000

interface Demo {
  readonly title: string
  /** Each tracks one event or more. */
  readonly invocationCount: number
  readonly eventCount: number
  run(collector: RemoteCollector, signal: AbortSignal): Promise<void>
}

const CLOUDFLARE: Demo = {
  title: 'Cloudflare Queues: a Worker, all events by the queue',
  invocationCount: WORKER_REQUESTS,
  eventCount: WORKER_REQUESTS,
  run: runWorker,
}
const SQS: Demo = {
  title: 'SQS: a Lambda function, what it could not deliver by the queue',
  invocationCount: LAMBDA_INVOCATIONS,
  // `identify` and `track`.
  eventCount: 2 * LAMBDA_INVOCATIONS,
  run: runLambda,
}

/** Answers with the exit code: 0 if each event has arrived once. */
export async function runQueues(signal: AbortSignal): Promise<number> {
  const hasLambda = await installLambdaClient(signal)
  if (!hasLambda) console.log('SQS is left out: the runtime client of Lambda could not be built here.\n')
  const collector = await startRemoteCollector()
  let isGood = true
  try {
    console.log('The API is down while the functions run.\n')
    console.log('| | invocations | events | requests that the API accepted | arrived |')
    console.log('| --- | ---: | ---: | ---: | --- |')
    for (const demo of hasLambda ? [CLOUDFLARE, SQS] : [CLOUDFLARE]) {
      await collector.clear()
      await collector.fail({ status: 503 })
      await demo.run(collector, signal)
      const { title, invocationCount, eventCount } = demo
      const accepted = (await collector.requests()).filter(({ status }) => status === 200)
      const { total, distinct } = await countEvents(collector)
      const isComplete = total === eventCount && distinct === eventCount
      const result = isComplete ? '✓ each once' : `✗ ${distinct} of ${eventCount}, ${total - distinct} more than once`
      console.log(`| ${title} | ${invocationCount} | ${eventCount} | ${accepted.length} | ${result} |`)
      isGood &&= isComplete
    }
    return isGood ? 0 : 1
  } finally {
    await collector.stop()
  }
}

async function runWorker(collector: RemoteCollector, signal: AbortSignal): Promise<void> {
  const contents = await bundleWorker(
    fileURLToPath(new URL('../examples/cloudflare-queues/worker.ts', import.meta.url)),
  )
  const { mf, url } = await startWorkerd({
    name: 'queues',
    modules: [{ type: 'ESModule', path: 'index.js', contents }],
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: { SEGMENT_WRITE_KEY: 'wk_demo', SEGMENT_HOST: collector.url },
    queueProducers: { EVENTS: { queueName: 'analytics-events' } },
    queueConsumers: { 'analytics-events': { maxBatchSize: 100, maxBatchTimeout: 2, maxRetries: 20 } },
  })
  try {
    for (let index = 0; index < WORKER_REQUESTS; index += 20) {
      const requests = Array.from({ length: 20 }, (_, at) => fetch(`${url}/?user=u${index + at}`))
      await Promise.all(requests.map(async (request) => (await request).text()))
    }
    await sleep(OUTAGE_MS, undefined, { signal })
    await restore(collector)
    await untilArrived(WORKER_REQUESTS, collector, signal)
  } finally {
    await mf.dispose()
  }
}

async function runLambda(collector: RemoteCollector, signal: AbortSignal): Promise<void> {
  const local = await startLocalSqs()
  const taskRoot = await createTaskRoot()
  const started: Environment[] = []
  try {
    await taskRoot.bundle('examples/aws-lambda/src/http.ts', 'http', 'esm')
    await taskRoot.bundle('examples/aws-lambda/src/events.ts', 'events', 'esm')
    const env = {
      SEGMENT_WRITE_KEY: 'demo',
      SEGMENT_HOST: collector.url,
      EVENTS_QUEUE_URL: await local.createQueue('events', { VisibilityTimeout: '1' }),
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'demo',
      AWS_SECRET_ACCESS_KEY: 'demo',
    }
    const start = async (handler: string) => {
      const environment = await startEnvironment({ taskRoot: taskRoot.path, handler, env, timeoutMs: 20_000 })
      started.push(environment)
      return environment
    }
    const visit = async (environment: Environment, index: number) => {
      for (let user = index; user < LAMBDA_INVOCATIONS; user += ENVIRONMENTS) {
        signal.throwIfAborted()
        await environment.run({ rawPath: '/visit', queryStringParameters: { user: `u${user}` } })
      }
    }
    const producers = await Promise.all(Array.from({ length: ENVIRONMENTS }, () => start('http.handler')))
    await Promise.all(producers.map(visit))
    await restore(collector)
    const consumer = await start('events.handler')
    const invoke = async (event: object) => {
      const { outcome } = await consumer.run(event)
      // The cast: `consumeSqs` returns it.
      return outcome.kind === 'response' ? (JSON.parse(outcome.body) as SqsBatchResponse) : undefined
    }
    await poll(100, signal, async () => {
      if ((await local.countMessages(env.EVENTS_QUEUE_URL)) === 0) return true
      await local.poll(env.EVENTS_QUEUE_URL, invoke, 100)
      return false
    })
  } finally {
    await Promise.all(started.map((environment) => environment.stop()))
    await taskRoot.remove()
    await local.close()
  }
}

/** Has the API work again, and forgets the requests that it rejected. */
const restore = (collector: RemoteCollector) => collector.clear()

async function untilArrived(count: number, collector: RemoteCollector, signal: AbortSignal): Promise<void> {
  await poll(200, signal, async () => (await countEvents(collector)).distinct >= count)
}

/** Stops at the limit: then events are lost, and the report says so. */
async function poll(interval: number, signal: AbortSignal, isDone: () => Promise<boolean>): Promise<void> {
  await pWaitFor(isDone, { interval, timeout: { milliseconds: LIMIT_MS, fallback: () => {} }, signal })
}

async function countEvents(collector: RemoteCollector): Promise<{ total: number; distinct: number }> {
  const events = await collector.events()
  return { total: events.length, distinct: new Set(events.map(({ event }) => event.messageId)).size }
}
