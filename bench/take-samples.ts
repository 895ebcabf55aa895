import type { Case, Measured } from './cases.ts'
import type { Processes } from './processes.ts'
import type { Job, SubjectName } from './protocol.ts'

export interface CaseResult {
  case: Case
  samples: Map<SubjectName, Measured[]>
}

/** The subjects take turns, each round begins with another, so that what disturbs the machine disturbs all of them. */
export async function takeSamples(
  { address, sample, report }: Processes,
  current: Case,
  sampleCount: number,
): Promise<CaseResult> {
  const { job, isHanging, subjects } = current
  const samples = new Map<SubjectName, Measured[]>(subjects.map((name) => [name, []]))
  for (let round = 0; round < sampleCount; round++) {
    const first = round % subjects.length
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      await report()
      const taken = await sample({ job, subject }, isHanging ? address.hangingUrl : address.url)
      const received = await report()
      const expectedCount = countEvents(job)
      if (received.eventCount !== expectedCount) {
        throw new Error(`${subject}, ${current.title}: ${received.eventCount} events arrived, not ${expectedCount}`)
      }
      samples.get(subject)?.push({ ...taken, ...received })
    }
  }
  return { case: current, samples }
}

/** Events that arrive eventually. */
function countEvents(job: Job): number {
  if (job.kind === 'events') return job.eventCount
  if (job.kind === 'heap') return job.warmUpCount + job.eventCount
  return job.kind === 'invocations' ? (job.warmUpCount + job.invocationCount) * job.eventCount : 0
}
