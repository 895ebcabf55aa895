// Sends requests to every route of the example Worker, in the real runtime, against a local Tracking API, and shows what
// arrives for each. Nothing leaves this machine. It exits with 0 only if every event arrived exactly once.
import { type Collector, startCollector } from '../collector/index.ts'
import { sendHttp } from './demo/hosts/send-http.ts'
import { type Outcome, summarize } from './demo/judge.ts'
import { formatStep, formatSummary, HEADING } from './demo/report.ts'
import { listSteps } from './demo/steps.ts'
import { waitForAnswers, waitForEvents } from './demo/wait.ts'
import { createInterrupt, runToExit } from './interrupt.ts'
import { findFreePort, startWorker } from './worker-process.ts'

const API_DELAY_MS = 200
const TIMEOUT_MS = 45_000

const interrupt = createInterrupt()
const signal = AbortSignal.any([interrupt, AbortSignal.timeout(TIMEOUT_MS)])
await runToExit('demo', interrupt, runDemo)

async function runDemo(): Promise<number> {
  const collector = await startCollector({ faults: [{ delayMs: API_DELAY_MS }] })
  try {
    console.log(`Tracking API   ${collector.url}   (answers after ${API_DELAY_MS} ms)`)
    const port = await findFreePort()
    const worker = await startWorker({ port, segmentHost: collector.url, stdio: 'pipe', signal })
    try {
      console.log(`Worker         ${worker.url}   (wrangler dev, workerd)\n\n${HEADING}`)
      const startUpLength = worker.output().length
      const summary = summarize(await runSteps(worker.url, collector), collector.events())
      const api = { requestCount: collector.requests().length, delayMs: API_DELAY_MS }
      console.log(`\n${formatSummary(summary, api)}`)
      if (summary.failures.length === 0) return 0
      console.log(`\nWhat the Worker wrote:\n${worker.output().slice(startUpLength)}`)
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
    const outcomes = await Promise.all(
      step.requests.map(
        async (request): Promise<Outcome> => ({
          ...(await sendHttp(workerUrl, request, signal)),
          request,
          endedAtMs: 'unknown',
        }),
      ),
    )
    await waitForEvents(outcomes, collector, signal)
    console.log(formatStep(step, outcomes, collector.events()))
    all.push(...outcomes)
  }
  await waitForAnswers(collector, API_DELAY_MS, signal)
  return all
}
