/** What an invocation is to do; it travels as the query of a URL. */
export interface Job {
  readonly situation: Situation
  /** The write key, one for each case, so that cases do not see each other's events and faults. */
  readonly key: string
  readonly user: string
  /** Milliseconds that the handler works. */
  readonly ms?: number
  /** Of the wrapper that has such an option. */
  readonly timeout?: number
  /** Whether every listener, callback and plugin of the client throws. */
  readonly isHostile?: boolean
}

export type Situation = 'visit' | 'ticks' | 'awaited' | 'throw' | 'stream' | 'late' | 'pair' | 'deep' | 'told'

export function toQuery(job: Job): string {
  return `?${new URLSearchParams({ job: JSON.stringify(job) })}`
}

export function readJob(url: string): Job {
  // A cast: `toQuery` wrote it.
  return JSON.parse(new URL(url, 'http://host').searchParams.get('job') ?? '') as Job
}
