import type { Job, Sample, SubjectName } from './protocol.ts'
import type { ServerReport } from './server.ts'

/** A sample, and what the server has received of it. */
export type Measured = Sample & ServerReport

/** What is read off a sample, and how it is shown. */
export interface Metric {
  name: string
  unit: string
  read(sample: Measured): number
}

/** One job that several subjects do in turns. */
export interface Case {
  title: string
  job: Job
  subjects: readonly SubjectName[]
  /** Whether the server never answers. */
  isHanging?: boolean
  /** Samples enough, where all are alike. */
  maxSamples?: number
  metrics: readonly Metric[]
}

const ALL: readonly SubjectName[] = ['floor', 'ours', 'segment', 'posthog', 'rudderstack']

/** Its library serialises the whole queue at each call, so that a long queue takes it minutes. */
const NOT_RUDDERSTACK = ALL.filter((name) => name !== 'rudderstack')

const FLUSH_AT = 100
/** What a library of Segment's kind sends together by default; an invocation seldom has more. */
const INVOCATION_FLUSH_AT = 15

const cpuPer = (count: number): Metric => ({ name: 'CPU', unit: 'µs', read: ({ cpuUs }) => cpuUs / count })

export function eventsCase(eventCount: number, isBurst: boolean): Case {
  const title = `${eventCount.toLocaleString('en')} events${isBurst ? ' in one burst' : ''}`
  const job: Job = { kind: 'events', eventCount, flushAt: FLUSH_AT, isBurst }
  return { title, job, subjects: isBurst ? NOT_RUDDERSTACK : ALL, metrics: [cpuPer(eventCount)] }
}

export function invocationCase(eventCount: number): Case {
  const [warmUpCount, invocationCount] = [500, 1_000]
  const wall: Metric = { name: 'wall', unit: 'µs', read: ({ wallUs }) => wallUs / invocationCount }
  const job: Job = { kind: 'invocations', warmUpCount, invocationCount, eventCount, flushAt: INVOCATION_FLUSH_AT }
  const title = eventCount === 1 ? '1 event' : `${eventCount} events`
  return { title, job, subjects: ALL, metrics: [cpuPer(invocationCount), wall] }
}

export function requestsCase(eventCount: number): Case {
  const invocationCount = 20
  const requests: Metric = { name: 'requests', unit: '', read: ({ requestCount }) => requestCount / invocationCount }
  const job: Job = { kind: 'invocations', warmUpCount: 0, invocationCount, eventCount, flushAt: INVOCATION_FLUSH_AT }
  const title = eventCount === 1 ? '1 event' : `${eventCount} events`
  return { title, job, subjects: ALL, maxSamples: 1, metrics: [requests] }
}

export function heapCase(): Case {
  const eventCount = 10_000
  const heap: Metric = { name: 'heap', unit: 'bytes', read: ({ heapBytes }) => heapBytes / eventCount }
  const job: Job = { kind: 'heap', warmUpCount: 1_000, eventCount, flushAt: FLUSH_AT }
  return { title: '10,000 queued', job, subjects: NOT_RUDDERSTACK, isHanging: true, maxSamples: 5, metrics: [heap] }
}

export function importCase(): Case {
  const cpu: Metric = { name: 'CPU', unit: 'ms', read: ({ cpuUs }) => cpuUs / 1000 }
  return { title: 'import', job: { kind: 'import' }, subjects: ALL.slice(1), metrics: [cpu] }
}

/** Here the floor is the handler alone. */
export function wrapperCase(): Case {
  const callCount = 20_000
  return {
    title: 'handler, no event',
    job: { kind: 'wrapper', callCount },
    subjects: ['floor', 'ours'],
    metrics: [cpuPer(callCount)],
  }
}

const WITH_AND_WITHOUT_GZIP: readonly SubjectName[] = ['ours', 'oursGzip']

const sentPer = (count: number): Metric => ({ name: 'sent', unit: 'bytes', read: ({ byteCount }) => byteCount / count })

export function gzipEventsCase(): Case {
  const eventCount = 20_000
  const whole = eventsCase(eventCount, false)
  return { ...whole, subjects: WITH_AND_WITHOUT_GZIP, metrics: [...whole.metrics, sentPer(eventCount)] }
}

export function gzipInvocationCase(): Case {
  const whole = invocationCase(10)
  // The server also counts the warm-up.
  return { ...whole, subjects: WITH_AND_WITHOUT_GZIP, metrics: [...whole.metrics, sentPer(1_500)] }
}
