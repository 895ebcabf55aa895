import type { Analytics, Scope } from '../../src/index.ts'
import type { WorkersContext } from './host-types.ts'
import { type Identifying, invoke, invokeIdentified, openScope, toScopeOptions } from './invocation.ts'
import { HANDLERS } from './wrap-handlers.ts'

/** A user's class, constructed by the runtime. */
export type WorkersClass = abstract new (ctx: never, env: never) => object

/** The fields of the runtime's base classes; protected, so the types of a class do not show them. */
interface Instance {
  readonly ctx: Pick<WorkersContext, 'waitUntil'>
  readonly env: unknown
}

const BASES = ['DurableObject', 'WorkerEntrypoint']

/** The prototypes of a class, down to that of the runtime's base class; undefined if it extends neither of the two. */
export function findPrototypes(Class: WorkersClass): object[] | undefined {
  const prototypes: object[] = []
  for (let each: object | null = Class.prototype; each; each = Object.getPrototypeOf(each)) {
    if (BASES.includes(each.constructor.name) && Object.getPrototypeOf(each) === Object.prototype) return prototypes
    prototypes.push(each)
  }
  return undefined
}

/**
 * A subclass in which every call of a method or getter is an invocation; one made by another method is part of that
 * invocation. They are on the prototype, where the runtime looks for what can be called over RPC.
 */
export function wrapClass<Class extends WorkersClass>(
  Class: Class,
  prototypes: readonly object[],
  clientFor: (env: unknown) => Analytics,
  timeout: number | undefined,
  identifying: Identifying | undefined,
): Class {
  const open = ({ ctx, env }: Instance) => openScope(clientFor(env), ctx, timeout)
  const currentOf = ({ env }: Instance): Scope | undefined => {
    const client = clientFor(env)
    const current = client.current()
    return current === client ? undefined : current
  }
  /** For calls outside invocations, for example in the constructor. */
  const lasting = new WeakMap<Instance, Scope>()
  const scopeOf = (instance: Instance): Scope => {
    const scope = currentOf(instance) ?? lasting.get(instance)
    if (scope) return scope
    const opened = open(instance)
    lasting.set(instance, opened)
    return opened
  }
  const call: Call = (instance, method, request) => {
    if (currentOf(instance)) return method()
    if (!identifying || !request) return invoke(open(instance), method)
    const { ctx, env } = instance
    const options = toScopeOptions(ctx, timeout)
    // Entered, so that `this.analytics` finds the scope.
    return invokeIdentified(clientFor(env), options, identifying, [request, env], (scope) => scope.enter(method))
  }

  /** A class with its own `analytics` keeps it. */
  const isFree = !('analytics' in Class.prototype)
  const show = (instance: Instance) => {
    if (!isFree || Object.getOwnPropertyDescriptor(instance, 'analytics')?.value !== undefined) return
    Object.defineProperty(instance, 'analytics', createAccessor(scopeOf, instance))
  }
  // The casts: only the runtime constructs it.
  const Wrapped = class extends (Class as unknown as new (ctx: never, env: never) => Instance) {
    constructor(ctx: never, env: never) {
      super(ctx, env)
      // Another wrapper may have created the object from the class that it was given.
      if (!(this instanceof Wrapped)) Object.setPrototypeOf(this, Wrapped.prototype)
      // On the instance, because the prototype is reachable over RPC; a field that is only declared has no value.
      show(this)
      // Handlers that are fields, `fetch = async () => …`, are on the instance, and not reachable over RPC.
      for (const name of METHODS) {
        const descriptor = Object.getOwnPropertyDescriptor(this, name)
        if (descriptor?.configurable) Object.defineProperty(this, name, wrapMember(name, descriptor, call))
      }
    }
  }
  Object.defineProperty(Wrapped, 'name', { value: Class.name })
  for (const prototype of [...prototypes].reverse()) {
    for (const [name, descriptor] of Object.entries<PropertyDescriptor>(Object.getOwnPropertyDescriptors(prototype))) {
      if (name === 'constructor') continue
      Object.defineProperty(Wrapped.prototype, name, wrapMember(name, descriptor, call))
    }
  }
  // For the constructor, before the instance has its own.
  if (isFree) Object.defineProperty(Wrapped.prototype, 'analytics', createAccessor(scopeOf))
  return Wrapped as unknown as Class
}

/** @param request of a `fetch`, to identify who made it */
type Call = (instance: Instance, method: () => unknown, request?: unknown) => unknown

/** The methods that the runtime calls with its events. */
const METHODS = [...HANDLERS, 'alarm', 'webSocketMessage', 'webSocketClose', 'webSocketError']

function createAccessor(scopeOf: (instance: Instance) => Scope, owner?: Instance): PropertyDescriptor {
  return {
    get(this: Instance) {
      return scopeOf(owner ?? this)
    },
    set(this: Instance, value: unknown) {
      Object.defineProperty(owner ?? this, 'analytics', { value, writable: true, configurable: true })
    },
    configurable: true,
  }
}

function wrapMember(name: string, descriptor: PropertyDescriptor, call: Call): PropertyDescriptor {
  // The cast: descriptors have `any` values.
  const { value, get } = descriptor as { value?: unknown; get?: () => unknown }
  const wrap = (method: (...args: unknown[]) => unknown) =>
    function (this: Instance, ...args: unknown[]) {
      return call(this, () => Reflect.apply(method, this, args), name === 'fetch' ? args[0] : undefined)
    }
  if (typeof value === 'function') {
    // Copies its name, its length and any metadata from decorators.
    const { prototype: _, ...own } = Object.getOwnPropertyDescriptors(value as object) as PropertyDescriptorMap
    return { ...descriptor, value: Object.defineProperties(wrap(value as () => unknown), own) }
  }
  return get ? { ...descriptor, get: wrap(get) } : descriptor
}
