import type { AnyCalls, IdentityOptions, OptionalIdentity, Scope } from '../../src/index.ts'
import type { ClientSource, IdentifyOptions } from '../../src/kit/index.ts'
import type {
  Global,
  HostBatch,
  HostContext,
  HostController,
  HostEmail,
  HostEnv,
  HostRequest,
  HostTraces,
} from './host-types.ts'

export interface WorkersOptions {
  /**
   * Milliseconds that the flush of an invocation may take: 1 to 2147483647. Workers cancels it after 30 seconds.
   * @default 25000
   */
  timeout?: number | undefined
}

/**
 * What every handler's context has, even if the user's types lack it: those of January 2024 have no `props`, and those
 * for compatibility dates before 2025-11-17 no `exports`, which those Workers only have with a compatibility flag.
 */
type Context = HostContext & { readonly props: unknown; readonly exports?: unknown }

/** Types of 2025 lack `metadata`; every batch has it, because Cloudflare runs all Workers on its newest runtime. */
type Batch = HostBatch extends { readonly metadata: unknown }
  ? HostBatch
  : // biome-ignore lint/suspicious/noExplicitAny: the user's types do not describe it
    HostBatch & { readonly metadata?: any }

type Awaitable<T> = T | Promise<T>

/**
 * The handlers that `withAnalytics` wraps. Each gets the invocation's scope as its last argument. Parameters may be annotated
 * with narrower types: `batch: MessageBatch<Order>`.
 */
export interface AnalyticsHandlers<
  Env,
  Calls extends AnyCalls = AnyCalls,
  RequestIdentity extends OptionalIdentity = IdentityOptions,
> {
  fetch?(
    request: HostRequest,
    env: Env,
    ctx: Context,
    analytics: Scope<RequestIdentity, Calls>,
  ): Awaitable<Global<'Response'>>
  scheduled?(
    controller: HostController,
    env: Env,
    ctx: Context,
    analytics: Scope<IdentityOptions, Calls>,
  ): Awaitable<void>
  queue?(batch: Batch, env: Env, ctx: Context, analytics: Scope<IdentityOptions, Calls>): Awaitable<void>
  email?(message: HostEmail, env: Env, ctx: Context, analytics: Scope<IdentityOptions, Calls>): Awaitable<void>
  tail?(events: HostTraces, env: Env, ctx: Context, analytics: Scope<IdentityOptions, Calls>): Awaitable<void>
}

/**
 * The handlers as the runtime calls them. They accept any `Request`, so that a test can call
 * `fetch(new Request(url), env, ctx)`.
 */
interface HostHandlers<Env> {
  fetch(request: Global<'Request'>, env: Env, ctx: HostContext): Promise<Global<'Response'>>
  scheduled(controller: HostController, env: Env, ctx: HostContext): Promise<void>
  queue(batch: HostBatch, env: Env, ctx: HostContext): Promise<void>
  email(message: HostEmail, env: Env, ctx: HostContext): Promise<void>
  tail(events: HostTraces, env: Env, ctx: HostContext): Promise<void>
}

/**
 * The same handlers as the runtime calls them, without the scope; whatever else the object has stays as it is.
 * `as Name` keeps a `satisfies ExportedHandler` around the call from typing the handlers inside, which take one parameter more.
 */
export type WrappedHandlers<Env, Handlers> = {
  [Name in keyof Handlers as Name]: Name extends keyof HostHandlers<Env> ? HostHandlers<Env>[Name] : Handlers[Name]
}

// biome-ignore lint/suspicious/noExplicitAny: a class takes what its host gives it
type HostedClass = new (ctx: any, env: any) => object

/** The type of a class's `env`; `any` if it does not declare one. */
type EnvOf<Class> = Class extends new (
  ctx: never,
  env: infer Env,
) => object
  ? [keyof Env] extends [never]
    ? // biome-ignore lint/suspicious/noExplicitAny: `unknown` would not accept a function that names the type of its `env`
      any
    : Env
  : never

type FetchHandlers<
  Env,
  Calls extends AnyCalls,
  RequestIdentity extends OptionalIdentity = IdentityOptions,
> = AnalyticsHandlers<Env, Calls, RequestIdentity> &
  Required<Pick<AnalyticsHandlers<Env, Calls, RequestIdentity>, 'fetch'>>

/** Options with which the calls of a request need no id of their own. */
export interface IdentifyingOptions<Env> extends WorkersOptions, IdentifyOptions<[request: HostRequest, env: Env]> {}

/**
 * Wraps a Worker's handlers, or the class of a Durable Object or an entrypoint. Each invocation gets its own scope, and its
 * events are delivered after the response, on `ctx.waitUntil`. The handler's result, error and timing stay the same.
 *
 * @throws ValidationError, when the module is loaded, for wrong settings, options or handlers; settings that a function makes
 * from `env` do not throw: they are logged, and each event fails with `ERR_INVALID_SETTINGS`
 * @example
 * import { withAnalytics } from 'analytics-edge/workers'
 *
 * interface Env {
 *   SEGMENT_WRITE_KEY: string
 * }
 *
 * export default withAnalytics((env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY }), {
 *   async fetch(request, env, ctx, analytics) {
 *     analytics.track({ userId: '019mr8mf4r', event: 'Visited' })
 *     return new Response('ok')
 *   },
 * })
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#usage-in-serverless-environments | Segment's library: serverless environments}
 */
export interface WithAnalytics {
  /**
   * Wraps a class: each `fetch`, alarm, WebSocket event and RPC method is an invocation.
   *
   * @param source settings, a client, or a function that makes either from the Worker's `env`; called once per isolate
   * @param Class a subclass of DurableObject or WorkerEntrypoint, or a class of the Worker that is constructed with `(ctx, env)`. Its type
   * stays the same; `declare readonly analytics: Scope` tells the compiler about the scope
   * @param options `timeout` of the flush; `identify` is called for each `fetch` from outside; pass an identity to other methods as an argument
   * @example
   * import { DurableObject } from 'cloudflare:workers'
   * import { type Scope, withAnalytics } from 'analytics-edge/workers'
   *
   * interface Env {
   *   SEGMENT_WRITE_KEY: string
   * }
   *
   * class RoomObject extends DurableObject<Env> {
   *   declare protected readonly analytics: Scope
   * }
   * export const Room = withAnalytics((env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY }), RoomObject)
   * export type Room = RoomObject
   */
  <Class extends HostedClass>(
    source: ClientSource | ((env: EnvOf<Class>) => ClientSource),
    Class: Class,
    options?: WorkersOptions | IdentifyingOptions<EnvOf<Class>>,
  ): Class

  /**
   * Wraps handlers, and identifies requests: the scope of a `fetch` has the ids and the context that `identify` returns.
   *
   * @param source settings, a client, or a function that makes either from the Worker's `env`; called once per isolate
   * @param handlers an object of handlers, or an application that has a `fetch`
   * @param options `identify`, for example with `fromRequest()` of `analytics-edge/request`
   */
  <
    Env = HostEnv,
    Calls extends AnyCalls = AnyCalls,
    Handlers extends AnalyticsHandlers<Env, Calls, OptionalIdentity> = FetchHandlers<Env, Calls, OptionalIdentity>,
  >(
    source: ClientSource<Calls> | ((env: Env) => ClientSource<Calls>),
    handlers: Handlers,
    options: IdentifyingOptions<Env>,
  ): WrappedHandlers<Env, Handlers>

  /**
   * Wraps handlers: `fetch`, `scheduled`, `queue`, `email` and `tail`. Anything else stays as it is.
   *
   * @param source settings, a client, or a function that makes either from the Worker's `env`; called once per isolate
   * @param handlers an object of handlers, or an application that has a `fetch`. Their `env` is the parameter of `source` if that is a
   * function, otherwise `Cloudflare.Env`
   * @param options `timeout` of the flush
   */
  <
    Env = HostEnv,
    Calls extends AnyCalls = AnyCalls,
    Handlers extends AnalyticsHandlers<Env, Calls> = FetchHandlers<Env, Calls>,
  >(
    source: ClientSource<Calls> | ((env: Env) => ClientSource<Calls>),
    handlers: Handlers,
    options?: WorkersOptions,
  ): WrappedHandlers<Env, Handlers>

  /** For `withAnalytics<Env>(…)` without a `fetch`: if one type parameter is given, the others have their defaults. */
  <
    Env = HostEnv,
    Calls extends AnyCalls = AnyCalls,
    Handlers extends AnalyticsHandlers<Env, Calls> = AnalyticsHandlers<Env, Calls>,
  >(
    source: ClientSource<Calls> | ((env: Env) => ClientSource<Calls>),
    handlers: Handlers,
    options?: WorkersOptions,
  ): WrappedHandlers<Env, Handlers>
}
