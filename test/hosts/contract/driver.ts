import type { Job, Situation } from './job.ts'

/** What the caller of an invocation gets. */
export interface Outcome {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** Of a handler that threw: whether the error that came out was its own. */
  readonly error?: 'own' | 'other'
}

export interface Invocation {
  readonly outcome: Promise<Outcome>
  /** When the host may freeze or end the invocation. */
  readonly end: Promise<unknown>
}

/** A runtime, with `handler.ts` as its wrapped handler. */
export interface Driver {
  invoke(job: Job): Invocation
  /** The unhandled rejections that the runtime reported. */
  unhandled(): string[]
  stop(): Promise<unknown>
}

/** How a host differs from others in what the contract can ask of it. */
export interface Traits {
  /** Whether the caller has the response before the events are delivered, or behind that. */
  readonly response: 'before-flush' | 'after-flush'
  /**
   * Situations whose events are all there at the end of the invocation. Those of others arrive by themselves: the process goes on, or
   * the host gives no sign of its end, and drops what it was not told of.
   */
  readonly covered: readonly Situation[]
  /** Whether calls on the client itself join the invocation that they are made in. The host lacks AsyncLocalStorage if not. */
  readonly joins: boolean
  /** Milliseconds after which a flush gives up, where the wrapper is told nothing else: this is what it is told. */
  readonly budgetMs: number
  /** Whether the host goes on after that, so that nothing fails for it. @default false */
  readonly goesOn?: boolean
}
