import type { Scope } from '../../src/index.ts'

// The handlers' types, by structure: a Worker takes them from `wrangler types` or from @cloudflare/workers-types, and a
// package that named either would bring a second copy. A handler may annotate its parameters with the real types.

/** A global class of the user's own type library; unknown where the library has none. */
type Global<Name extends string> =
  typeof globalThis extends Record<Name, { prototype: infer Instance }> ? Instance : unknown

export interface WorkersOptions {
  /** Milliseconds, above 0, that the flush of an invocation may take. Workers ends it after 30 seconds. @default 25000 */
  timeout?: number | undefined
}

/** What the SDK needs of a Worker's execution context. */
export interface WorkersContext {
  waitUntil(promise: Promise<unknown>): void
  passThroughOnException(): void
}

export interface WorkersScheduledController {
  readonly scheduledTime: number
  readonly cron: string
  noRetry(): void
}

export interface WorkersMessage {
  readonly id: string
  readonly timestamp: Date
  // biome-ignore lint/suspicious/noExplicitAny: what a queue carries is known to its handler alone
  readonly body: any
  readonly attempts: number
  ack(): void
  retry(options?: { delaySeconds?: number }): void
}

export interface WorkersMessageBatch {
  readonly queue: string
  readonly messages: readonly WorkersMessage[]
  ackAll(): void
  retryAll(options?: { delaySeconds?: number }): void
}

export interface WorkersEmailMessage {
  readonly from: string
  readonly to: string
  readonly headers: Global<'Headers'>
  readonly raw: Global<'ReadableStream'>
  readonly rawSize: number
  setReject(reason: string): void
  forward(rcptTo: string, headers?: Global<'Headers'>): Promise<unknown>
  reply(message: unknown): Promise<unknown>
}

export interface WorkersTraceItem {
  readonly scriptName: string | null
  readonly outcome: string
  readonly eventTimestamp: number | null
  readonly event: unknown
  readonly logs: readonly { readonly timestamp: number; readonly level: string; readonly message: unknown }[]
  readonly exceptions: readonly { readonly timestamp: number; readonly name: string; readonly message: string }[]
}

type Awaitable<T> = T | Promise<T>

/** The handlers that `withAnalytics` wraps. Each gets the invocation's scope as its last argument. */
export interface AnalyticsHandlers<Env> {
  fetch?(request: Global<'Request'>, env: Env, ctx: WorkersContext, analytics: Scope): Awaitable<Global<'Response'>>
  scheduled?(controller: WorkersScheduledController, env: Env, ctx: WorkersContext, analytics: Scope): Awaitable<void>
  queue?(batch: WorkersMessageBatch, env: Env, ctx: WorkersContext, analytics: Scope): Awaitable<void>
  email?(message: WorkersEmailMessage, env: Env, ctx: WorkersContext, analytics: Scope): Awaitable<void>
  tail?(events: WorkersTraceItem[], env: Env, ctx: WorkersContext, analytics: Scope): Awaitable<void>
}

/** The same handlers as the runtime calls them, without the scope; any other export of the Worker stays as it is. */
export type WrappedHandlers<Env, Handlers> = {
  [Name in keyof Handlers]: Name extends keyof AnalyticsHandlers<Env>
    ? NonNullable<AnalyticsHandlers<Env>[Name]> extends (event: infer Event, ...rest: never[]) => infer Result
      ? (event: Event, env: Env, ctx: WorkersContext) => Promise<Awaited<Result>>
      : never
    : Handlers[Name]
}
