import {
  type Analytics,
  type ClientSource,
  checkTimeout,
  type Scope,
  toClient,
  toTolerantClient,
} from '../../src/index.ts'
import type { AnalyticsHandlers, WorkersContext, WorkersOptions, WrappedHandlers } from './types.ts'

type Handler = (event: unknown, env: unknown, ctx: WorkersContext, analytics: Scope) => unknown

const HANDLER_NAMES = ['fetch', 'scheduled', 'queue', 'email', 'tail'] as const

/**
 * Wraps a Worker's handlers: each invocation gets a scope as its last argument, and its events are delivered behind the
 * response, on `ctx.waitUntil`. The handler's result, error and timing stay its own.
 *
 * @param source settings, a client, or a function that makes either from the Worker's `env`; it is called once an isolate
 * @param handlers `fetch`, `scheduled`, `queue`, `email` and `tail` are wrapped, anything else is passed through
 *
 * @example
 * export default withAnalytics((env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY }), {
 *   async fetch(request, env, ctx, analytics) {
 *     analytics.track({ userId: '019mr8mf4r', event: 'Visited' })
 *     return new Response('ok')
 *   },
 * })
 */
export function withAnalytics<Env = unknown, Handlers extends AnalyticsHandlers<Env> = AnalyticsHandlers<Env>>(
  source: ClientSource | ((env: Env) => ClientSource),
  handlers: Handlers & AnalyticsHandlers<Env>,
  options: WorkersOptions = {},
): WrappedHandlers<Env, Handlers> {
  const timeout = checkTimeout(options.timeout)
  const clientFor = createClientLookup(source)
  // Casts in here: which handler takes which event is checked where the user writes them; this code only passes them on.
  const wrapped: Record<string, unknown> = { ...(handlers as object) }
  for (const name of HANDLER_NAMES) {
    const handler = handlers[name] as Handler | undefined
    if (!handler) continue
    wrapped[name] = (event: unknown, env: Env, ctx: WorkersContext) =>
      clientFor(env)
        .scope({ waitUntil: (promise) => ctx.waitUntil(promise), timeout })
        .run((analytics) => handler.call(handlers, event, env, ctx, analytics))
  }
  return wrapped as WrappedHandlers<Env, Handlers>
}

/** One client for each `env`, which is one an isolate. */
function createClientLookup<Env>(source: ClientSource | ((env: Env) => ClientSource)): (env: Env) => Analytics {
  if (typeof source !== 'function') {
    const client = toClient(source)
    return () => client
  }
  const clients = new WeakMap<object, Analytics>()
  return (env) => {
    const key = typeof env === 'object' && env !== null ? env : clients
    let client = clients.get(key)
    if (!client) {
      client = toTolerantClient(() => source(env))
      clients.set(key, client)
    }
    return client
  }
}
