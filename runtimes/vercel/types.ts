import type {
  AnyCalls,
  ClientSource,
  IdentifyOptions,
  IdentityOptions,
  OptionalIdentity,
  Scope,
} from '../../src/index.ts'

/** The `Request` of the user's own type library; unknown where the library has none. */
export type VercelRequest =
  typeof globalThis extends Record<'Request', { prototype: infer Instance }> ? Instance : unknown

export interface VercelOptions {
  /**
   * Milliseconds, above 0, that the flush of an invocation may take.
   * @default 25000 behind the response; 2000 where the response has to wait for it
   */
  timeout?: number | undefined
}

/** The handler as the host calls it. */
export type WrappedHandler<Input, Second, Result> = unknown extends Second
  ? (request: Input, context?: unknown) => Promise<Awaited<Result>>
  : (request: Input, context: Second) => Promise<Awaited<Result>>

/**
 * Wraps a function of Vercel or of Next.js, on either runtime: each invocation gets a scope as its last argument, and its events
 * are delivered behind the response where the host offers a `waitUntil`, before it where none is found. The handler's result and
 * error stay its own, and so does its timing where there is a `waitUntil`.
 *
 * @param source settings, a client, or a function that makes either; used at the first request
 * @param handler `(request, context, analytics)`, a route handler or a function; `(request, event, analytics)`, a middleware or proxy;
 * `(req, res, analytics)`, an API route of the Pages Router or a Node function
 *
 * @example
 * export const GET = withAnalytics({ writeKey: '<YOUR_WRITE_KEY>' }, async (request, context, analytics) => {
 *   analytics.track({ userId: '019mr8mf4r', event: 'Visited' })
 *   return new Response('ok')
 * })
 */
export interface WithAnalytics {
  /** With `identify`, the scope has the ids and the context of its request. */
  <Result, Input = VercelRequest, Second = unknown, Calls extends AnyCalls = AnyCalls>(
    source: ClientSource<Calls> | (() => ClientSource<Calls>),
    handler: (request: Input, context: Second, analytics: Scope<OptionalIdentity, Calls>) => Result,
    options: VercelOptions & IdentifyOptions<[request: Input]>,
  ): WrappedHandler<Input, Second, Result>
  <Result, Input = VercelRequest, Second = unknown, Calls extends AnyCalls = AnyCalls>(
    source: ClientSource<Calls> | (() => ClientSource<Calls>),
    handler: (request: Input, context: Second, analytics: Scope<IdentityOptions, Calls>) => Result,
    options?: VercelOptions,
  ): WrappedHandler<Input, Second, Result>
}

/** Binds a promise to the current request, as Next's `after` does. */
export type After = (promise: Promise<unknown>) => void
