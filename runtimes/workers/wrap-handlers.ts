import type { Analytics, Scope } from '../../src/index.ts'
import type { WorkersContext } from './host-types.ts'
import { type Identifying, invokeIdentified, openScope, toScopeOptions } from './invocation.ts'

type Handler = (event: unknown, env: unknown, ctx: WorkersContext, analytics: Scope) => unknown
type Handlers = Readonly<Record<string, unknown>>

/** Handlers that get a scope. */
export const HANDLERS = ['fetch', 'scheduled', 'queue', 'email', 'tail']
/** Other handlers that the runtime calls. */
const OTHERS = ['tailStream', 'trace', 'test', 'connect']

/**
 * Undefined if the object is a valid set of handlers. Otherwise, the name of a function in a plain object that is not a
 * Worker handler; empty if there is no handler at all.
 */
export function findMistake(handlers: Handlers): string | undefined {
  if (!HANDLERS.some((name) => typeof handlers[name] === 'function')) return ''
  if (!isPlain(handlers)) return undefined
  const known = [...HANDLERS, ...OTHERS]
  return Object.keys(handlers).find((name) => typeof handlers[name] === 'function' && !known.includes(name))
}

/** Wraps the handlers and leaves everything else unchanged. A framework's application may need itself as `this`. */
export function wrapHandlers(
  handlers: Handlers,
  clientFor: (env: unknown) => Analytics,
  timeout: number | undefined,
  identifying: Identifying | undefined,
): object {
  const wrapped: Record<string, unknown> = {}
  for (const name of HANDLERS) {
    const handler = handlers[name] as Handler | undefined
    if (typeof handler !== 'function') continue
    wrapped[name] = (event: unknown, env: unknown, ctx: WorkersContext) =>
      openScope(clientFor(env), ctx, timeout).run((scope) => handler.call(handlers, event, env, ctx, scope))
    // Only a request has someone to identify.
    if (!identifying || name !== 'fetch') continue
    wrapped[name] = (request: unknown, env: unknown, ctx: WorkersContext) =>
      invokeIdentified(clientFor(env), toScopeOptions(ctx, timeout), identifying, [request, env], (scope) =>
        handler.call(handlers, request, env, ctx, scope),
      )
  }
  if (isPlain(handlers)) return { ...handlers, ...wrapped }
  const bound = bindMethods(handlers)
  // Defined, not assigned: the handler may be a getter.
  for (const [name, value] of Object.entries(wrapped)) {
    Object.defineProperty(bound, name, { value, writable: true, enumerable: true, configurable: true })
  }
  return bound
}

/** An object with the methods of another, called on the other one, because they may need its private fields. */
function bindMethods(object: object): object {
  const bound: object = Object.create(object)
  for (let each: object | null = object; each && each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    for (const name of Reflect.ownKeys(each)) {
      if (name === 'constructor' || Object.hasOwn(bound, name)) continue
      const { value } = Object.getOwnPropertyDescriptor(each, name) as { value?: unknown }
      const own =
        typeof value === 'function'
          ? { value: value.bind(object), writable: true }
          : { get: () => Reflect.get(object, name) }
      Object.defineProperty(bound, name, { ...own, configurable: true })
    }
  }
  return bound
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
