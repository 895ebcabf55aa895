import type { Job, Sample, SubjectName } from './protocol.ts'

/** What is read off a sample, and how it is told. */
export interface Metric {
  name: string
  unit: string
  read(sample: Sample): number
}

/** One job that several subjects do in turns. */
export interface Case {
  title: string
  job: Job
  subjects: readonly SubjectName[]
  isHanging: boolean
  /** Times the samples of a run, where one says little. */
  repeat: number
  metrics: readonly Metric[]
}

const ALL: readonly SubjectName[] = ['floor', 'ours', 'segment', 'posthog', 'rudderstack']

const FLUSH_AT = 100

/** RudderStack's library serialises its whole queue at each call, so that a burst takes it minutes. */
const NOT_QUADRATIC = ALL.filter((name) => name !== 'rudderstack')

function eventsCase(eventCount: number, isBurst: boolean): Case {
  const subjects = isBurst ? NOT_QUADRATIC : ALL
  const cpu: Metric = { name: 'CPU an event', unit: 'µs', read: ({ cpuUs }) => cpuUs / eventCount }
  const title = `${eventCount.toLocaleString('en')} events${isBurst ? ' in one burst' : ''}`
  const job: Job = { kind: 'events', eventCount, flushAt: FLUSH_AT, isBurst }
  return { title, job, subjects, isHanging: false, repeat: 1, metrics: [cpu] }
}

function invocationCase(eventCount: number): Case {
  const invocationCount = 300
  const metrics: Metric[] = [
    { name: 'CPU', unit: 'µs', read: ({ cpuUs }) => cpuUs / invocationCount },
    { name: 'wall', unit: 'µs', read: ({ wallUs }) => wallUs / invocationCount },
  ]
  const title = `one invocation, ${eventCount} ${eventCount === 1 ? 'event' : 'events'}`
  const job: Job = { kind: 'invocations', invocationCount, eventCount }
  return { title, job, subjects: ALL, isHanging: false, repeat: 1, metrics }
}

function heapCase(): Case {
  const eventCount = 10_000
  const heap: Metric = { name: 'heap an event', unit: 'bytes', read: ({ heapBytes }) => heapBytes / eventCount }
  const job: Job = { kind: 'heap', eventCount, flushAt: FLUSH_AT }
  return { title: '10,000 queued', job, subjects: NOT_QUADRATIC, isHanging: true, repeat: 1, metrics: [heap] }
}

function importCase(): Case {
  const cpu: Metric = { name: 'CPU', unit: 'ms', read: ({ cpuUs }) => cpuUs / 1000 }
  const subjects = ALL.filter((name) => name !== 'floor')
  return { title: 'import', job: { kind: 'import' }, subjects, isHanging: false, repeat: 2, metrics: [cpu] }
}

function scopeCase(): Case {
  const callCount = 20_000
  const cpu: Metric = { name: 'CPU a call', unit: 'µs', read: ({ cpuUs }) => cpuUs / callCount }
  const subjects: SubjectName[] = ['floor', 'ours']
  const job: Job = { kind: 'scope', callCount }
  return { title: 'handler, no event', job, subjects, isHanging: false, repeat: 1, metrics: [cpu] }
}

/** By the word with which one is run alone. */
export const CASES: Readonly<Record<string, () => readonly Case[]>> = {
  import: () => [importCase()],
  cpu: () => [eventsCase(5_000, false), eventsCase(20_000, false), eventsCase(16_000, true)],
  invocation: () => [invocationCase(1), invocationCase(10), scopeCase()],
  heap: () => [heapCase()],
}
