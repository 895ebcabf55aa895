import type { Outcome } from '../judge.ts'
import type { DemoRequest } from '../steps.ts'

/** A host that runs the demo's function, started. */
export interface Host {
  /** Resolves once the host takes the next request. */
  send(request: DemoRequest): Promise<Outcome>
  /** What the host and the function have written. */
  output(): string
  stop(): Promise<void>
}

export interface HostOptions {
  /** Where the function posts its events. */
  segmentHost: string
  /** Aborts the run. */
  signal: AbortSignal
}

export interface Mode {
  readonly title: string
  /** The handler awaits each delivery. */
  readonly isAwaiting?: true
  /** A request of this mode. @default each documented call */
  readonly request?: (id: string) => DemoRequest
}

/** A host as the demo uses it. Of one that can be started in several ways, each is one. */
export interface HostKind {
  readonly name: 'Workers' | 'Vercel' | 'Lambda'
  /** What stands in for the host. */
  readonly runtime: string
  readonly modes: readonly Mode[]
  start(options: HostOptions): Promise<Host>
}
