import type { Analytics, Scope } from '../../src/index.ts'
import type { WorkersContext } from './host-types.ts'
import { type Identifying, invokeIdentified, openScope, toScopeOptions } from './invocation.ts'

type Handler = (event: unknown, env: unknown, ctx: WorkersContext, analytics: Scope) => unknown
type Handlers = Readonly<Record<string, unknown>>

/** What gets a scope. */
const WRAPPED = ['fetch', 'scheduled', 'queue', 'email', 'tail']
/** What else the runtime calls. */
const OTHERS = ['tailStream', 'trace', 'test', 'connect']

/** Whether an object has handlers; the name of a function that is none of a Worker's, if it is a plain object with one. */
export function findMistake(handlers: Handlers): string | undefined {
  if (!WRAPPED.some((name) => typeof handlers[name] === 'function')) return ''
  if (!isPlain(handlers)) return undefined
  const known = [...WRAPPED, ...OTHERS]
  return Object.keys(handlers).find((name) => typeof handlers[name] === 'function' && !known.includes(name))
}

/** The handlers wrapped, and everything else as it was. An application of a framework may need itself as `this`. */
export function wrapHandlers(
  handlers: Handlers,
  clientFor: (env: unknown) => Analytics,
  timeout: number | undefined,
  identifying: Identifying | undefined,
): object {
  const wrapped: Record<string, unknown> = {}
  for (const name of WRAPPED) {
    const handler = handlers[name] as Handler | undefined
    if (typeof handler !== 'function') continue
    wrapped[name] = (event: unknown, env: unknown, ctx: WorkersContext) =>
      openScope(clientFor(env), ctx, timeout).run((scope) => handler.call(handlers, event, env, ctx, scope))
    // Only a request is made by somebody.
    if (!identifying || name !== 'fetch') continue
    wrapped[name] = (request: unknown, env: unknown, ctx: WorkersContext) =>
      invokeIdentified(clientFor(env), toScopeOptions(ctx, timeout), identifying, [request, env], (scope) =>
        handler.call(handlers, request, env, ctx, scope),
      )
  }
  if (isPlain(handlers)) return { ...handlers, ...wrapped }
  const bound = bindMethods(handlers)
  // Defined, not assigned: a handler may be a getter there.
  for (const [name, value] of Object.entries(wrapped)) {
    Object.defineProperty(bound, name, { value, writable: true, enumerable: true, configurable: true })
  }
  return bound
}

/** An object that has the methods of another, called on that other: they may need its private fields. */
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
