// Uses the user's own global types, from `wrangler types` or @cloudflare/workers-types: a package that imported either
// would add a second copy. If the user has neither, structural types describe what the SDK needs.

// `ExportedHandler` gives access to all argument types of handlers. These empty declarations merge with the user's,
// whatever type parameters those have, and keep the names defined if the user has no such types.
declare global {
  interface ExportedHandler {}
  namespace Cloudflare {
    interface Env {}
  }
}

/** A global class; unknown if the user's types have none of that name. */
export type Global<Name extends string> =
  typeof globalThis extends Record<Name, { prototype: infer Instance }> ? Instance : unknown

/** The first argument that the runtime passes to a handler. */
type EventOf<Name extends string, Fallback> = ExportedHandler extends {
  [Key in Name]?: (event: infer Event, ...rest: never[]) => unknown
}
  ? unknown extends Event
    ? Fallback
    : Event
  : Fallback

export type HostRequest = EventOf<'fetch', Global<'Request'>>
export type HostController = EventOf<'scheduled', WorkersScheduledController>
export type HostBatch = EventOf<'queue', WorkersMessageBatch>
export type HostEmail = EventOf<'email', WorkersEmailMessage>
export type HostTraces = EventOf<'tail', WorkersTraceItem[]>

/** The user's `ExecutionContext`. */
export type HostContext = ExportedHandler extends {
  fetch?: (request: never, env: never, ctx: infer Context) => unknown
}
  ? unknown extends Context
    ? WorkersContext
    : Context
  : WorkersContext

/** The bindings listed by `wrangler types`; unknown without such a list. */
export type HostEnv = [keyof Cloudflare.Env] extends [never] ? unknown : Cloudflare.Env

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
  // biome-ignore lint/suspicious/noExplicitAny: only the handler knows what a queue contains
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
