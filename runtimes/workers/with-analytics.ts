import { type ClientSource, checkTimeout, createClientLookup, toClient, ValidationError } from '../../src/index.ts'
import type { AnalyticsHandlers, WorkersOptions, WrappedHandlers } from './types.ts'
import { findPrototypes, type WorkersClass, wrapClass } from './wrap-class.ts'
import { findMistake, wrapHandlers } from './wrap-handlers.ts'

/**
 * Wraps a Worker's handlers, or a class of a Durable Object or an entrypoint: each invocation gets a scope, and its events are
 * delivered behind the response, on `waitUntil`. Results, errors and timing stay the handler's own.
 *
 * @param source settings, a client, or a function that makes either from the Worker's `env`; it is called once an isolate
 * @param target an object of handlers: `fetch`, `scheduled`, `queue`, `email` and `tail` get the scope as their last argument. Or a
 * class: all of its methods are invocations, and have their scope as `this.analytics`
 * @throws ValidationError when the module loads, for a target that is neither
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
  target: Handlers & AnalyticsHandlers<Env>,
  options?: WorkersOptions,
): WrappedHandlers<Env, Handlers>
export function withAnalytics<Env, Class extends WorkersClass>(
  source: ClientSource | ((env: Env) => ClientSource),
  target: Class,
  options?: WorkersOptions,
): Class
export function withAnalytics(
  source: ClientSource | ((env: never) => ClientSource),
  target: unknown,
  options: WorkersOptions = {},
): unknown {
  const timeout = checkTimeout(options.timeout)
  // At module scope, wrong settings keep the Worker from starting. The cast: the runtime passes the `env` that a source is written for.
  const clientFor = createClientLookup(
    typeof source === 'function' ? (source as (env: unknown) => ClientSource) : toClient(source),
  )
  if (typeof target === 'function') {
    // The cast: a class has a prototype, and what else is a function has none that extends one of the two.
    const prototypes = findPrototypes(target as WorkersClass)
    if (prototypes) return wrapClass(target as WorkersClass, prototypes, clientFor, timeout)
  } else if (typeof target === 'object' && target !== null) {
    // The cast: an object has its fields by their names.
    const handlers = target as Readonly<Record<string, unknown>>
    const mistake = findMistake(handlers)
    if (mistake === undefined) return wrapHandlers(handlers, clientFor, timeout)
    if (mistake) throw new ValidationError(`handlers.${mistake}`, 'is not a handler of a Worker: is its name misspelt?')
  }
  throw new ValidationError(
    'handlers',
    'must be an object with fetch, scheduled, queue, email or tail, or a class that extends DurableObject or WorkerEntrypoint. ' +
      'For a Workflow see docs/workers.md',
  )
}
