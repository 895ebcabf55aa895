import type { AnyCalls, IdentityOptions, OptionalIdentity, Scope } from '../../src/index.ts'
import type { ClientSource, IdentifyOptions } from '../../src/kit/index.ts'

/** The `Request` of the user's own type library; unknown if the library has none. */
export type VercelRequest =
  typeof globalThis extends Record<'Request', { prototype: infer Instance }> ? Instance : unknown

export interface VercelOptions {
  /**
   * Milliseconds that the flush of an invocation may take: 1 to 2147483647.
   * @default 25000 after the response; 2000 if the response must wait for it
   */
  timeout?: number | undefined
}

/** The handler as the host calls it. */
export type WrappedHandler<Input, Second, Result> = unknown extends Second
  ? (request: Input, context?: unknown) => Promise<Awaited<Result>>
  : (request: Input, context: Second) => Promise<Awaited<Result>>

/**
 * Wraps a function of Vercel or Next.js, on either runtime. Each invocation gets a scope as its last argument. Its events are
 * delivered after the response if the host offers a `waitUntil`, otherwise before it. The handler's result and error stay the same,
 * and with a `waitUntil` so does its timing.
 *
 * @throws ValidationError, when the module is loaded, for a wrong option or handler. Wrong settings do not throw: they are
 * logged, and each event fails with `ERR_INVALID_SETTINGS`
 * @example
 * import { withAnalytics } from 'analytics-edge/vercel'
 *
 * export const GET = withAnalytics({ writeKey: '<YOUR_WRITE_KEY>' }, async (request, context, analytics) => {
 *   analytics.track({ userId: '019mr8mf4r', event: 'Visited' })
 *   return new Response('ok')
 * })
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#usage-in-serverless-environments | Segment's library: serverless environments}
 */
export interface WithAnalytics {
  /**
   * Wraps a handler, and identifies its request: the scope has the ids and the context that `identify` returns.
   *
   * @param source settings, a client, or a function that returns either; used at the first request
   * @param handler as without `identify`; its calls need no id
   * @param options `identify`, for example with `fromRequest()` of `analytics-edge/request`
   */
  <Result, Input = VercelRequest, Second = unknown, Calls extends AnyCalls = AnyCalls>(
    source: ClientSource<Calls> | (() => ClientSource<Calls>),
    handler: (request: Input, context: Second, analytics: Scope<OptionalIdentity, Calls>) => Result,
    options: VercelOptions & IdentifyOptions<[request: Input]>,
  ): WrappedHandler<Input, Second, Result>

  /**
   * Wraps a handler.
   *
   * @param source settings, a client, or a function that returns either; used at the first request
   * @param handler `(request, context, analytics)`, a route handler or a function; `(request, event, analytics)`, a middleware or proxy; or
   * `(req, res, analytics)`, an API route of the Pages Router or a Node function
   * @param options `timeout` of the flush
   */
  <Result, Input = VercelRequest, Second = unknown, Calls extends AnyCalls = AnyCalls>(
    source: ClientSource<Calls> | (() => ClientSource<Calls>),
    handler: (request: Input, context: Second, analytics: Scope<IdentityOptions, Calls>) => Result,
    options?: VercelOptions,
  ): WrappedHandler<Input, Second, Result>
}

/** Binds a promise to the current request, as Next's `after` does. */
export type After = (promise: Promise<unknown>) => void
