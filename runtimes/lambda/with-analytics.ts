import type { AnyCalls, Scope } from '../../src/index.ts'
import { type ClientSource, type IdentifyOptions, openIdentified, throwInvalid, toClient } from '../../src/kit/index.ts'
import { addCookie } from './add-cookie.ts'
import { ensureExtension } from './extension.ts'
import { beginInvocation, isManagedInstance, shareScope } from './invocation.ts'
import { resolveOptions } from './options.ts'
import { offerCookie } from './stream-cookie.ts'
import { copyStreamingMark, isStreaming, untilStreamEnds } from './streaming.ts'
import type {
  AnalyticsHandler,
  AnalyticsStreamHandler,
  IdentifiedHandler,
  IdentifiedStreamHandler,
  LambdaContext,
  LambdaInvocation,
  LambdaOptions,
  LambdaResponseStream,
  WrappedHandler,
  WrappedStreamHandler,
} from './types.ts'

/**
 * Wraps a Lambda handler, and identifies its request: the scope has the ids and the context that `identify` returns.
 *
 * @param source settings, or a client with listeners of its own; one client serves the environment
 * @param handler `(event, context, analytics)`; its calls need no id
 * @param options `identify`, for example with `fromRequest()` of `analytics-edge/request`, and those of every handler
 * @throws ValidationError, when the module is loaded, for wrong settings or options
 */
export function withAnalytics<
  Event,
  Result,
  Context extends LambdaInvocation = LambdaContext,
  Calls extends AnyCalls = AnyCalls,
>(
  source: ClientSource<Calls>,
  handler: IdentifiedHandler<Event, Context, Result, Calls>,
  options: LambdaOptions & IdentifyOptions<[event: Event]>,
): WrappedHandler<Event, Context, Result>
/**
 * Wraps a Lambda handler. Each invocation gets a scope as its last argument, and its events are delivered before Lambda freezes the
 * environment. The handler's result and error stay the same.
 *
 * @param source settings, or a client with listeners of its own; one client serves the environment
 * @param handler `(event, context, analytics)`, async or returning a value; not one with a callback
 * @param options when to flush, and for how long
 * @throws ValidationError, when the module is loaded, for wrong settings or options
 * @example
 * import { withAnalytics } from 'analytics-edge/lambda'
 *
 * export const handler = withAnalytics({ writeKey: '<YOUR_WRITE_KEY>' }, async (event, context, analytics) => {
 *   analytics.track({ userId: '019mr8mf4r', event: 'Order Placed' })
 *   return { statusCode: 200 }
 * })
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#usage-in-serverless-environments | Segment's library: serverless environments}
 */
export function withAnalytics<
  Event,
  Result,
  Context extends LambdaInvocation = LambdaContext,
  Calls extends AnyCalls = AnyCalls,
>(
  source: ClientSource<Calls>,
  handler: AnalyticsHandler<Event, Context, Result, Calls>,
  options?: LambdaOptions,
): WrappedHandler<Event, Context, Result>
/**
 * Wraps a streaming handler; wrap the result in `awslambda.streamifyResponse`.
 *
 * @param source settings, or a client with listeners of its own; one client serves the environment
 * @param handler `(event, responseStream, context, analytics)`
 * @param options when to flush, and for how long
 * @throws ValidationError, when the module is loaded, for wrong settings or options
 */
export function withAnalytics<
  Event,
  Result,
  Stream extends LambdaResponseStream = LambdaResponseStream,
  Context extends LambdaInvocation = LambdaContext,
  Calls extends AnyCalls = AnyCalls,
>(
  source: ClientSource<Calls>,
  handler: IdentifiedStreamHandler<Event, Stream, Context, Result, Calls>,
  options: LambdaOptions & IdentifyOptions<[event: Event]>,
): WrappedStreamHandler<Event, Stream, Context, Result>
export function withAnalytics<
  Event,
  Result,
  Stream extends LambdaResponseStream = LambdaResponseStream,
  Context extends LambdaInvocation = LambdaContext,
  Calls extends AnyCalls = AnyCalls,
>(
  source: ClientSource<Calls>,
  handler: AnalyticsStreamHandler<Event, Stream, Context, Result, Calls>,
  options?: LambdaOptions,
): WrappedStreamHandler<Event, Stream, Context, Result>
export function withAnalytics(
  source: ClientSource,
  handler: (...args: never[]) => unknown,
  options: LambdaOptions & Partial<IdentifyOptions<[event: unknown]>> = {},
): (event: unknown, context: LambdaInvocation) => Promise<unknown> {
  const client = toClient(source)
  const resolved = resolveOptions(options)
  if (typeof handler !== 'function') throwInvalid('handler', 'a function: withAnalytics(settings, handler)', handler)
  const { identify } = options
  const identifying = identify && { ...options, identify }
  // Now, in the init phase: Lambda accepts no extensions later. A Managed Instance is never frozen and needs none.
  if (resolved.isAfterResponse && !isManagedInstance()) ensureExtension()
  // Casts in here: the handler's types are checked in the user's code; this code only passes arguments on.
  const call = handler as (...args: unknown[]) => unknown

  // The rest parameter keeps the length at two: with three, the runtime would reject it as a callback handler.
  const wrapped = async (event: unknown, second: unknown, ...rest: unknown[]): Promise<unknown> => {
    const stream = isStreaming(wrapped) ? (second as LambdaResponseStream) : undefined
    const context = (stream ? rest[0] : second) as LambdaInvocation
    const invocation = beginInvocation(client, context, resolved)
    let scope: Scope | undefined
    try {
      const identified = identifying && (await openIdentified(client, {}, identifying, event))
      scope = identified?.scope ?? client.scope()
      shareScope(context, scope)
      const args = stream ? [event, stream, context] : [event, context]
      const withdrawOffer = stream && offerCookie(stream, identified?.setCookie)
      // Direct calls on the client join the scope, however deep in the code.
      const result = await scope.enter(() => call(...args, scope))
      if (!stream) return addCookie(event, result, identified?.setCookie)
      await untilStreamEnds(stream)
      withdrawOffer?.()
      return result
    } finally {
      await invocation.finish(scope)
    }
  }
  copyStreamingMark(handler, wrapped)
  return wrapped
}
