import type { AnyCalls, IdentityOptions, OptionalIdentity, Scope } from '../../src/index.ts'
import {
  type ClientSource,
  checkFunction,
  type IdentifyOptions,
  openIdentified,
  Reporter,
  toClient,
} from '../../src/kit/index.ts'
import { addCookie } from './add-cookie.ts'
import { beginInvocation, scopeOf, shareScope } from './invocation.ts'
import { resolveOptions } from './options.ts'
import type { LambdaContext, LambdaOptions } from './types.ts'

/** The context of a middy handler behind the middleware. */
export interface AnalyticsContext<
  Calls extends AnyCalls = AnyCalls,
  Identity extends OptionalIdentity = IdentityOptions,
> extends LambdaContext {
  /** The scope of this invocation. */
  analytics: Scope<Identity, Calls>
}

/** The part of a middy request that the middleware needs. */
export interface MiddyRequest<
  Calls extends AnyCalls = AnyCalls,
  Identity extends OptionalIdentity = IdentityOptions,
  Event = unknown,
> {
  event?: Event
  context: AnalyticsContext<Calls, Identity>
  // biome-ignore lint/suspicious/noExplicitAny: only the handler knows what it returns
  response?: any
}

/** A middy middleware. The type is structural, so that the package does not depend on middy. */
export interface AnalyticsMiddleware<
  Calls extends AnyCalls = AnyCalls,
  Identity extends OptionalIdentity = IdentityOptions,
  // biome-ignore lint/suspicious/noExplicitAny: without `identify`, it is never looked at
  Event = any,
> {
  before(request: MiddyRequest<Calls, Identity, Event>): Promise<void>
  after(request: MiddyRequest<Calls, Identity, Event>): Promise<void>
  onError(request: MiddyRequest<Calls, Identity, Event>): Promise<void>
}

type MiddlewareOptions = Omit<LambdaOptions, 'flush'>

/** What remains to be done after the handler. */
interface Begun {
  readonly setCookie: string | undefined
  finish(): Promise<void>
}

const warnOfOuter = new Reporter(String).createWarning(
  'analyticsMiddleware runs inside withAnalytics and passes on its scope: pass identify to withAnalytics instead',
)

/**
 * A middleware for middy: it puts the invocation's scope at `context.analytics`, and flushes when the handler has finished or
 * failed. Use it first, so that events that other middlewares track afterwards are sent as well.
 *
 * It flushes before the response. To flush after it, wrap the middy handler in `withAnalytics`: the middleware then only passes on
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
export function analyticsMiddleware<Event, Calls extends AnyCalls = AnyCalls>(
  source: ClientSource<Calls>,
  options: MiddlewareOptions & IdentifyOptions<[event: Event]>,
): AnalyticsMiddleware<Calls, OptionalIdentity, Event>
export function analyticsMiddleware<Calls extends AnyCalls = AnyCalls>(
  source: ClientSource<Calls>,
  options?: MiddlewareOptions,
): AnalyticsMiddleware<Calls>
export function analyticsMiddleware(
  source: ClientSource,
  options: MiddlewareOptions & Partial<IdentifyOptions<[event: unknown]>> = {},
): AnalyticsMiddleware {
  const client = toClient(source)
  const { identify, setCookie, timeout, margin } = options
  const resolved = resolveOptions({ timeout, margin })
  checkFunction('identify', identify)
  const begun = new WeakMap<LambdaContext, Begun>()
  const finish = async (request: MiddyRequest): Promise<void> => {
    // If an outer `after` throws, the request returns here through `onError`; that flush sends what was tracked since.
    const current = begun.get(request.context)
    request.response = addCookie(request.event, request.response, current?.setCookie)
    await current?.finish()
  }
  return {
    async before({ event, context }) {
      const outer = scopeOf(context)
      if (outer) {
        if (identify) warnOfOuter()
        context.analytics = outer
        return
      }
      const invocation = beginInvocation(client, context, resolved)
      const identified = identify && (await openIdentified(client, {}, { identify, setCookie }, event))
      // The cast: its calls need no id, whatever the type says.
      const scope = (identified?.scope as Scope | undefined) ?? client.scope()
      context.analytics = scope
      shareScope(context, scope)
      begun.set(context, { setCookie: identified?.setCookie, finish: () => invocation.finish(scope) })
    },
    after: finish,
    onError: finish,
  }
}
