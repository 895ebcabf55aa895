import type { Collector } from '../../collector/index.ts'
import type { Host, HostKind, Mode } from './hosts/host.ts'
import { isOf, type Outcome, summarize } from './judge.ts'
import { type DemoRequest, listCalls } from './steps.ts'
import { formatRow } from './table.ts'
import { waitForAnswers, waitForEvents } from './wait.ts'

export interface HostRunOptions {
  collector: Collector
  apiDelayMs: number
  signal: AbortSignal
}

export interface HostRun {
  readonly outcomes: readonly Outcome[]
  /** What the host and the function wrote, where something went wrong. */
  readonly log?: string
}

/** How often a mode makes a request of its own, for a median. */
const REQUEST_COUNT = 3

/** Starts a host and sends it the requests of each of its modes; prints a row for each. */
export async function runHost(kind: HostKind, options: HostRunOptions): Promise<HostRun> {
  const { collector, signal } = options
  const host = await kind.start({ segmentHost: collector.url, signal })
  try {
    // Not measured, as the first request of an isolate is of another kind.
    await host.send({ method: 'GET', path: '/health', expectedStatus: 202, id: '', expectedEvents: [] })
    const startUpLength = host.output().length
    const outcomes: Outcome[] = []
    let hasFailed = false
    for (const mode of kind.modes) {
      const ofMode = await runMode(host, listRequests(kind, mode), options)
      const summary = summarize(
        ofMode,
        collector.events().filter((row) => ofMode.some(({ request }) => isOf(request, row))),
      )
      console.log(formatRow(kind.name, mode.title, summary))
      hasFailed ||= summary.failures.length > 0
      outcomes.push(...ofMode)
    }
    return { outcomes, ...(hasFailed && { log: host.output().slice(startUpLength).trim() }) }
  } finally {
    await host.stop()
  }
}

async function runMode(host: Host, requests: readonly DemoRequest[], options: HostRunOptions): Promise<Outcome[]> {
  const { collector, apiDelayMs, signal } = options
  const outcomes: Outcome[] = []
  for (const request of requests) outcomes.push(await host.send(request))
  await waitForEvents(outcomes, collector, signal)
  await waitForAnswers(collector, apiDelayMs, signal)
  return outcomes
}

/** Their ids are of this run and mode alone. */
function listRequests({ name }: HostKind, { title, isAwaiting, request }: Mode): DemoRequest[] {
  const runId = `demo-${Date.now().toString(36)}-${name}-${title.replaceAll(/\W+/g, '-')}`
  const requests = request
    ? Array.from({ length: REQUEST_COUNT }, (_, index) => request(`${runId}-${index}`))
    : listCalls(runId)
  return requests.map((request) => ({
    ...request,
    host: `${name} (${title})`,
    path: isAwaiting ? `${request.path}?await` : request.path,
  }))
}
