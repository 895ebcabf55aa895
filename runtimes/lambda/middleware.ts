import { type AnyCalls, type ClientSource, type IdentityOptions, type Scope, toClient } from '../../src/index.ts'
import { beginInvocation, scopeOf, shareScope } from './invocation.ts'
import { resolveOptions } from './options.ts'
import type { LambdaContext, LambdaOptions } from './types.ts'

/** The context of a middy handler behind the middleware. */
export interface AnalyticsContext<Calls extends AnyCalls = AnyCalls> extends LambdaContext {
  /** The scope of this invocation. */
  analytics: Scope<IdentityOptions, Calls>
}

/** The part of a middy request that the middleware needs. */
export interface MiddyRequest<Calls extends AnyCalls = AnyCalls> {
  context: AnalyticsContext<Calls>
}

/** A middy middleware; by structure, so that the package does not depend on middy. */
export interface AnalyticsMiddleware<Calls extends AnyCalls = AnyCalls> {
  before(request: MiddyRequest<Calls>): void
  after(request: MiddyRequest<Calls>): Promise<void>
  onError(request: MiddyRequest<Calls>): Promise<void>
}

/**
 * A middleware for middy: it puts the invocation's scope at `context.analytics`, and flushes when the handler has ended or
 * failed. Use it first, so that what other middlewares track at the end is sent as well.
 *
 * It flushes before the response. To flush behind it, wrap the middy handler in `withAnalytics`: the middleware then only passes on
 * the wrapper's scope.
 *
 * @param source settings, or a client with listeners of its own; one client serves the environment
 * @param options `timeout` and `margin` of the flush
 * @throws ValidationError for wrong settings or options
 * @example
 * ```js
 * import { analyticsMiddleware } from 'analytics-edge/lambda'
 * import middy from '@middy/core'
 *
 * export const handler = middy()
 *   .use(analyticsMiddleware({ writeKey: '<YOUR_WRITE_KEY>' }))
 *   .handler(async (event, context) => {
 *     context.analytics.track({ userId: '019mr8mf4r', event: 'Order Placed' })
 *   })
 * ```
 */
export function analyticsMiddleware<Calls extends AnyCalls = AnyCalls>(
  source: ClientSource<Calls>,
  options: Omit<LambdaOptions, 'flush'> = {},
): AnalyticsMiddleware<Calls> {
  const client = toClient(source)
  const resolved = resolveOptions({ timeout: options.timeout, margin: options.margin })
  const ends = new WeakMap<LambdaContext, () => Promise<void>>()
  const end = async ({ context }: MiddyRequest): Promise<void> => {
    // An `after` that throws further out brings the request here again, by `onError`: that flush sends what came since.
    await ends.get(context)?.()
  }
  return {
    before({ context }) {
      const outer = scopeOf(context)
      const scope = outer ?? client.scope()
      context.analytics = scope
      if (outer) return
      const invocation = beginInvocation(client, context, resolved)
      shareScope(context, scope)
      ends.set(context, () => invocation.end(scope))
    },
    after: end,
    onError: end,
  }
}
