import { asBytes, asTimes, asUs, BARS, type BarResult, judge, judgeSizes } from './bars.ts'
import type { Metric } from './cases.ts'
import * as cases from './cases.ts'
import { measureParts } from './measure-parts.ts'
import { measureSizes, type SizeRow, type Sizes } from './measure-size.ts'
import { measureWorkers, type WorkerLatency } from './measure-workers.ts'
import type { Processes } from './processes.ts'
import type { SubjectName } from './protocol.ts'
import { type Summary, summarize } from './statistics.ts'
import { type CaseResult, takeSamples } from './take-samples.ts'

/** What was measured; a part that was not asked for is missing. */
export interface Results {
  sizes?: Sizes
  /** The bundle without one part after the other. */
  without?: readonly SizeRow[]
  import?: CaseResult
  events?: { small: CaseResult; large: CaseResult; burst: CaseResult }
  invocation?: { one: CaseResult; ten: CaseResult; wrapper: CaseResult }
  requests?: { one: CaseResult; full: CaseResult }
  heap?: CaseResult
  workers?: WorkerLatency[]
  gzip?: { events: CaseResult; invocation: CaseResult }
}

export interface MeasureOptions {
  packageDir: string
  sampleCount: number
  /** Leaves the others out; undefined for none. */
  subjects: readonly SubjectName[] | undefined
}

/** By the word with which a part is asked for. */
export const PARTS: Record<string, (processes: Processes, options: MeasureOptions) => Promise<Results>> = {
  size: async (_, { packageDir }) => ({
    sizes: await measureSizes(packageDir),
    without: await measureParts(packageDir),
  }),
  import: async (processes, options) => ({ import: await run(processes, cases.importCase(), options) }),
  cpu: async (processes, options) => ({
    events: {
      small: await run(processes, cases.eventsCase(5_000, false), options),
      large: await run(processes, cases.eventsCase(20_000, false), options),
      burst: await run(processes, cases.eventsCase(16_000, true), twice(options)),
    },
  }),
  invocation: async (processes, options) => ({
    invocation: {
      one: await run(processes, cases.invocationCase(1), twice(options)),
      ten: await run(processes, cases.invocationCase(10), twice(options)),
      wrapper: await run(processes, cases.wrapperCase(), options),
    },
  }),
  requests: async (processes, options) => ({
    requests: {
      one: await run(processes, cases.requestsCase(1), options),
      full: await run(processes, cases.requestsCase(15), options),
    },
  }),
  heap: async (processes, options) => ({ heap: await run(processes, cases.heapCase(), options) }),
  workers: async ({ address }, { packageDir, sampleCount }) => ({
    workers: await measureWorkers(packageDir, address.url, sampleCount * 100),
  }),
  gzip: async (processes, options) => ({
    gzip: {
      events: await run(processes, cases.gzipEventsCase(), options),
      invocation: await run(processes, cases.gzipInvocationCase(), options),
    },
  }),
}

/** Where a figure varies the most, or its bar is the closest to the floor. */
function twice(options: MeasureOptions): MeasureOptions {
  return { ...options, sampleCount: options.sampleCount * 2 }
}

function run(
  processes: Processes,
  current: cases.Case,
  { sampleCount, subjects }: MeasureOptions,
): Promise<CaseResult> {
  const chosen = current.subjects.filter((name) => !subjects || subjects.includes(name))
  const count = Math.min(sampleCount, current.maxSamples ?? sampleCount)
  return takeSamples(processes, { ...current, subjects: chosen }, count)
}

export function summarizeCase({ samples }: CaseResult, name: SubjectName, metric: Metric): Summary | undefined {
  const taken = samples.get(name)
  return taken && taken.length > 0 ? summarize(taken.map(metric.read)) : undefined
}

/** The median of the first metric, or of another one. */
export function medianOf(result: CaseResult, name: SubjectName, metricIndex = 0): number {
  const metric = result.case.metrics[metricIndex]
  const summary = metric && summarizeCase(result, name, metric)
  return summary?.median ?? Number.NaN
}

/** What was left out of the run has no result. */
export function judgeAll(results: Results): BarResult[] {
  const barResults = [
    ...(results.sizes ? judgeSizes(results.sizes) : []),
    ...(results.import ? [judgeImport(results.import)] : []),
    ...(results.events ? judgeEvents(results.events) : []),
    ...(results.invocation ? judgeInvocation(results.invocation) : []),
    ...(results.heap ? [judgeHeap(results.heap)] : []),
    ...(results.requests ? judgeRequests(results.requests) : []),
    ...(results.workers ? judgeWorkers(results.workers) : []),
  ]
  return barResults.filter(({ isKnown }) => isKnown)
}

function ratio(result: CaseResult, to: SubjectName, metricIndex = 0): number {
  return medianOf(result, 'ours', metricIndex) / medianOf(result, to, metricIndex)
}

function judgeImport(result: CaseResult): BarResult {
  const [figure, bar] = [ratio(result, 'segment'), BARS.importToSegment]
  return judge({ what: "CPU to import, against Segment's", figure, bar, format: asTimes })
}

function judgeEvents({ small, large, burst }: NonNullable<Results['events']>): BarResult[] {
  const steady = [small, large].flatMap((result) => [
    judge({
      what: `CPU an event, ${result.case.title}, against the floor`,
      figure: ratio(result, 'floor'),
      bar: BARS.eventToFloor,
      format: asTimes,
    }),
    judge({
      what: `CPU an event, ${result.case.title}, against Segment's`,
      figure: ratio(result, 'segment'),
      bar: BARS.eventToSegment,
      format: asTimes,
    }),
  ])
  return [
    ...steady,
    judge({
      what: 'CPU an event, 20,000 events against 5,000',
      figure: medianOf(large, 'ours') / medianOf(small, 'ours'),
      bar: 1,
      format: asTimes,
    }),
    judge({
      what: `CPU an event, ${burst.case.title}, against the floor`,
      figure: ratio(burst, 'floor'),
      bar: BARS.burstToFloor,
      format: asTimes,
    }),
  ]
}

function judgeInvocation({ one, ten, wrapper }: NonNullable<Results['invocation']>): BarResult[] {
  const invocations = [one, ten].flatMap((result) =>
    result.case.metrics.map(({ name }, metricIndex) =>
      judge({
        what: `one invocation, ${result.case.title}, ${name}, against the floor`,
        figure: ratio(result, 'floor', metricIndex),
        bar: BARS.invocationToFloor,
        format: asTimes,
      }),
    ),
  )
  const figure = medianOf(wrapper, 'ours') - medianOf(wrapper, 'floor')
  return [...invocations, judge({ what: 'wrapper and scope alone, CPU', figure, bar: BARS.wrapperUs, format: asUs })]
}

function judgeHeap(result: CaseResult): BarResult {
  return judge({
    what: 'heap a queued event',
    figure: medianOf(result, 'ours'),
    bar: BARS.queuedBytes,
    format: asBytes,
  })
}

function judgeRequests({ one, full }: NonNullable<Results['requests']>): BarResult[] {
  return [one, full].map((result) =>
    judge({
      what: `requests of an invocation with ${result.case.title}`,
      figure: medianOf(result, 'ours'),
      bar: BARS.requestsPerInvocation,
      format: String,
    }),
  )
}

/** Noise is what the handler alone varies by: half of its answers lie between the quartiles. */
function judgeWorkers([alone, floor, ours]: readonly WorkerLatency[]): BarResult[] {
  const bar = summarize(alone?.latenciesUs ?? []).high
  const judgeMedian = (what: string, latency: WorkerLatency | undefined) =>
    judge({ what, figure: summarize(latency?.latenciesUs ?? []).median, bar, format: asUs })
  return [
    judgeMedian('in workerd, median latency with three events; the bar: the third quartile of the handler alone', ours),
    judgeMedian('the floor, compared with that bar: three events as JSON, one `fetch` behind the response', floor),
  ]
}
