import { resolve } from 'node:path'
import { asBytes, asTimes, asUs, BARS } from './bars.ts'
import { type Case, eventsCase, heapCase, importCase, invocationCase, wrapperCase } from './cases.ts'
import { measurePlan } from './measure-plan.ts'
import { measureRequest } from './measure-request.ts'
import { type Processes, startProcesses } from './processes.ts'
import type { SubjectName } from './protocol.ts'
import { medianOf } from './results.ts'
import { ROOT } from './root.ts'
import { takeSamples } from './take-samples.ts'

// A few seconds that find a regression: `node bench/smoke.ts [FOLDER]`. The limits are twice the bars, and each may be met by the
// best of a few tries, so that a busy machine does not fail it. Exits with 1 where a limit is not met.

const SLACK = 2
const MAX_TRIES = 5

interface Check {
  what: string
  case: Case
  /** Against which of the others; undefined for a figure of its own. */
  reference?: SubjectName
  /** Whether the other's figure is taken off, rather than a ratio made. */
  isDifference?: boolean
  bar: number
  format: (value: number) => string
}

const CHECKS: readonly Check[] = [
  { what: 'CPU to import', case: importCase(), reference: 'segment', bar: BARS.importToSegment, format: asTimes },
  { what: 'CPU an event', case: eventsCase(5_000, false), reference: 'floor', bar: BARS.eventToFloor, format: asTimes },
  { what: 'CPU an event', case: eventsCase(16_000, true), reference: 'floor', bar: BARS.burstToFloor, format: asTimes },
  {
    what: 'CPU an invocation',
    case: invocationCase(10),
    reference: 'floor',
    bar: BARS.invocationToFloor,
    format: asTimes,
  },
  {
    what: 'CPU of wrapper and scope',
    case: wrapperCase(),
    reference: 'floor',
    isDifference: true,
    bar: BARS.wrapperUs,
    format: asUs,
  },
  { what: 'heap a queued event', case: heapCase(), bar: BARS.queuedBytes, format: asBytes },
]

/** One sample of ours and of what it is compared with. */
async function take(processes: Processes, { case: whole, reference, isDifference }: Check): Promise<number> {
  const subjects: SubjectName[] = reference ? [reference, 'ours'] : ['ours']
  const result = await takeSamples(processes, { ...whole, subjects }, 1)
  const ours = medianOf(result, 'ours')
  if (!reference) return ours
  const other = medianOf(result, reference)
  return isDifference ? ours - other : ours / other
}

/** Takes samples until one meets the limit. */
async function check(processes: Processes, current: Check): Promise<boolean> {
  const limit = current.bar * SLACK
  let best = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < MAX_TRIES && best > limit; tries++) {
    best = Math.min(best, await take(processes, current))
  }
  const isMet = best <= limit
  const against = current.reference && !current.isDifference ? `, against ${current.reference}` : ''
  const figures = `${current.format(best)}, at most ${current.format(limit)}`
  console.log(`${isMet ? 'met     ' : 'NOT MET '} ${current.what}, ${current.case.title}${against}: ${figures}`)
  return isMet
}

const { us, toFloor } = await measureRequest(resolve(process.argv[2] ?? ROOT))
const isRequestFast = toFloor <= BARS.requestToFloor * SLACK
const figures = `${asTimes(toFloor)} (${asUs(us)}), at most ${asTimes(BARS.requestToFloor * SLACK)}`
console.log(`${isRequestFast ? 'met     ' : 'NOT MET '} CPU of fromRequest, against the floor: ${figures}`)
if (!isRequestFast) process.exitCode = 1

const planUs = await measurePlan(resolve(process.argv[2] ?? ROOT))
const isPlanFast = planUs <= BARS.planUs * SLACK
const planFigures = `${asUs(planUs)}, at most ${asUs(BARS.planUs * SLACK)}`
console.log(`${isPlanFast ? 'met     ' : 'NOT MET '} CPU of a plan for an event, beyond its schema: ${planFigures}`)
if (!isPlanFast) process.exitCode = 1

const processes = await startProcesses(resolve(process.argv[2] ?? ROOT))
try {
  for (const current of CHECKS) if (!(await check(processes, current))) process.exitCode = 1
} finally {
  processes.stop()
}
