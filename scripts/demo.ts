// Runs the example Worker in the real runtime against a local Tracking API, and counts what arrives. Nothing leaves this
// machine. It exits with 0 only when every event arrived exactly once.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Collector, startCollector } from '../collector/index.ts'
import { compare, formatStep, formatSummary, HEADING, type Outcome, summarize } from './demo-report.ts'
import { type DemoRequest, listSteps } from './demo-steps.ts'
import { createInterrupt } from './interrupt.ts'
import { findFreePort, startWorker } from './worker-process.ts'

const API_DELAY_MS = 200
const ARRIVAL_TIMEOUT_MS = 4_000
const DEMO_TIMEOUT_MS = 25_000

const { values: flags } = parseArgs({
  options: {
    // Has the API refuse the third request for good, to see what a lost event looks like.
    fail: { type: 'boolean', default: false },
  },
})
const interrupt = createInterrupt()
const signal = AbortSignal.any([interrupt, AbortSignal.timeout(DEMO_TIMEOUT_MS)])
try {
  process.exitCode = await runDemo()
} catch (error) {
  console.error('demo:', interrupt.aborted ? 'interrupted' : error)
  process.exitCode = interrupt.aborted ? 130 : 1
}

async function runDemo(): Promise<number> {
  const collector = await startCollector({
    faults: [...(flags.fail ? [{ requests: [2], status: 400 }] : []), { delayMs: API_DELAY_MS }],
  })
  try {
    console.log(`Tracking API   ${collector.url}   (answers after ${API_DELAY_MS} ms)`)
    const port = await findFreePort()
    const worker = await startWorker({ port, segmentHost: collector.url, stdio: 'pipe', signal })
    try {
      console.log(`Worker         ${worker.url}   (wrangler dev, workerd)\n\n${HEADING}`)
      const startUpLength = worker.output().length
      const summary = summarize(await runSteps(worker.url, collector), collector.events(), {
        requestCount: collector.requests().length,
        delayMs: API_DELAY_MS,
      })
      console.log(`\n${formatSummary(summary)}`)
      if (summary.failures.length === 0) return 0
      const written = worker.output().slice(startUpLength)
      console.log(`\nWhat the Worker wrote:\n${written.replaceAll(/^\[wrangler:info\].*\n/gm, '')}`)
      return 1
    } finally {
      await worker.stop()
    }
  } finally {
    await collector.close()
  }
}

async function runSteps(workerUrl: string, collector: Collector): Promise<Outcome[]> {
  const all: Outcome[] = []
  for (const step of listSteps(`demo-${Date.now().toString(36)}`)) {
    const outcomes = await Promise.all(step.requests.map((request) => send(workerUrl, request)))
    await waitForEvents(step.requests, collector)
    console.log(formatStep(step, outcomes, collector.events()))
    all.push(...outcomes)
  }
  await waitForAnswers(collector)
  return all
}

async function send(workerUrl: string, request: DemoRequest): Promise<Outcome> {
  const { method, path, body } = request
  const startedMs = performance.now()
  const response = await fetch(workerUrl + path, { method, ...(body && { body: JSON.stringify(body) }), signal })
  const latencyMs = performance.now() - startedMs
  await response.text()
  return { request, status: response.status, latencyMs }
}

/** Ends without them when they take too long: then they are lost, and the report says so. */
async function waitForEvents(requests: readonly DemoRequest[], collector: Collector): Promise<void> {
  await poll(() => requests.every((request) => compare(request, collector.events()).missing.length === 0))
}

/** One that comes twice comes after the answer to the first. */
async function waitForAnswers(collector: Collector): Promise<void> {
  await poll(() => collector.requests().every(({ status }) => status !== 'pending'))
  await sleep(API_DELAY_MS, undefined, { signal })
}

async function poll(isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + ARRIVAL_TIMEOUT_MS
  while (!isDone() && performance.now() < deadline) await sleep(10, undefined, { signal })
}
