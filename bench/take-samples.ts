import type { Case } from './cases.ts'
import type { Processes } from './processes.ts'
import type { Job, Sample, SubjectName } from './protocol.ts'

export interface CaseResult {
  case: Case
  samples: Map<SubjectName, Sample[]>
  /** Requests of one sample. */
  requestCounts: Map<SubjectName, number>
}

/** The subjects take turns, each time beginning with another, so that what disturbs the machine disturbs all of them. */
export async function takeSamples(
  { address, sample, report }: Processes,
  current: Case,
  sampleCount: number,
): Promise<CaseResult> {
  const { job, isHanging, repeat } = current
  const { subjects } = current
  const samples = new Map<SubjectName, Sample[]>(subjects.map((name) => [name, []]))
  const requestCounts = new Map<SubjectName, number>()
  for (let round = 0; round < sampleCount * repeat; round++) {
    const first = round % subjects.length
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      await report()
      samples.get(subject)?.push(await sample({ job, subject }, isHanging ? address.hangingUrl : address.url))
      const { eventCount, requestCount } = await report()
      const expected = countEvents(job)
      if (eventCount !== expected) throw new Error(`${subject}: ${eventCount} events arrived, not ${expected}`)
      // One is the harness's, which warms up fetch.
      requestCounts.set(subject, requestCount - 1)
    }
  }
  return { case: current, samples, requestCounts }
}

/** Events that arrive; what is sent to a server that hangs does not. */
function countEvents(job: Job): number {
  if (job.kind === 'events') return job.eventCount
  return job.kind === 'invocations' ? job.invocationCount * job.eventCount : 0
}
