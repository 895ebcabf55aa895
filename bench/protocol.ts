/** What a subject is: an SDK, or the floor, doing the same work through its documented API. */
export type SubjectName = 'floor' | 'ours' | 'oursGzip' | 'segment' | 'posthog' | 'rudderstack'

export interface Purchase {
  userId: string
  event: string
  properties: Record<string, string | number>
}

export interface SubjectSettings {
  /** Base URL of the server. */
  host: string
  /** Events in a request. */
  flushAt: number
}

/** A client that lives as long as its process. */
export interface SubjectClient {
  track(purchase: Purchase): unknown
  /** Resolves when the server has answered for all that was tracked. */
  close(): Promise<unknown>
}

export interface Subject {
  createClient(settings: SubjectSettings): SubjectClient
  /** Returns one invocation of a serverless function: tracks the purchases and resolves when they are delivered. */
  createInvocation(settings: SubjectSettings): (purchases: readonly Purchase[]) => Promise<unknown>
}

/** Where the modules of the SDKs are. */
export type SubjectUrls = Record<'ours' | 'oursWorkers' | 'segment' | 'posthog' | 'rudderstack', string>

/** One sample, for a fresh process to take. */
export type Job =
  | { kind: 'events'; eventCount: number; flushAt: number; isBurst: boolean }
  | { kind: 'invocations'; warmUpCount: number; invocationCount: number; eventCount: number; flushAt: number }
  | { kind: 'heap'; warmUpCount: number; eventCount: number; flushAt: number }
  | { kind: 'import' }
  | { kind: 'wrapper'; callCount: number }

export interface JobMessage {
  job: Job
  subject: SubjectName
  host: string
  urls: SubjectUrls
}

/** What a process has measured. CPU is that of all its threads, so it includes compiling and collecting garbage. */
export interface Sample {
  cpuUs: number
  wallUs: number
  heapBytes: number
}
