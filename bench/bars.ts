import type { Sizes } from './measure-size.ts'

/** What our figures must not exceed. */
export const BARS = {
  /** Where it stands; the goal is 16,500. What it is made of is in docs/benchmarks.md. */
  bundleBytes: 25_550,
  /** Handlers, classes and `identify`, which adds the cookie to the response. */
  workersBytes: 2_120,
  /** Where it stands; the goal is 2,048. */
  requestBytes: 2_460,
  /** 0.6 KB. */
  planBytes: 614,
  /** Beyond what the schema takes. */
  planUs: 2,
  /** What parses and copies the same; it takes 10 µs where `fromRequest` takes 13, so this keeps the goal of 15 µs. */
  requestToFloor: 1.5,
  importToSegment: 1 / 10,
  eventToFloor: 1.3,
  eventToSegment: 0.4,
  burstToFloor: 1.3,
  invocationToFloor: 1.2,
  wrapperUs: 20,
  queuedBytes: 750,
  requestsPerInvocation: 1,
} as const

export interface BarResult {
  what: string
  figure: string
  bar: string
  isMet: boolean
  /** Whether all that it takes was measured. */
  isKnown: boolean
}

export interface Comparison {
  what: string
  figure: number
  bar: number
  format: (value: number) => string
}

export function judge({ what, figure, bar, format }: Comparison): BarResult {
  return { what, figure: format(figure), bar: format(bar), isMet: figure <= bar, isKnown: Number.isFinite(figure) }
}

export const asTimes = (value: number): string => `${value.toFixed(2)} ×`
export const asBytes = (value: number): string => `${Math.round(value).toLocaleString('en')} bytes`
export const asUs = (value: number): string => `${value.toFixed(1)} µs`

export function judgeSizes({ main, workers, both, request, plan }: Omit<Sizes, 'peers'>): BarResult[] {
  return [
    judge({
      what: 'bundle of `import { Analytics }`, one file as wrangler deploys it, gzip -9',
      figure: main,
      bar: BARS.bundleBytes,
      format: asBytes,
    }),
    judge({ what: '`/workers` adds', figure: Math.max(both, workers) - main, bar: BARS.workersBytes, format: asBytes }),
    judge({ what: '`/request` adds', figure: request - main, bar: BARS.requestBytes, format: asBytes }),
    judge({ what: '`/plan` adds', figure: plan - main, bar: BARS.planBytes, format: asBytes }),
  ]
}
