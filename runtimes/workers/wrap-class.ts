import type { Analytics, Scope } from '../../src/index.ts'
import type { WorkersContext } from './host-types.ts'
import { invoke, openScope } from './invocation.ts'

/** A class of the user's, whose arguments are the runtime's. */
export type WorkersClass = abstract new (ctx: never, env: never) => object

/** What an object of the runtime's classes has; protected, so the types of a class do not show it. */
interface Instance {
  readonly ctx: Pick<WorkersContext, 'waitUntil'>
  readonly env: unknown
}

const BASES = ['DurableObject', 'WorkerEntrypoint']

/** The prototypes of a class, down to that of the runtime's own class; undefined if it extends none of the two. */
export function findPrototypes(Class: WorkersClass): object[] | undefined {
  const prototypes: object[] = []
  for (let each: object | null = Class.prototype; each; each = Object.getPrototypeOf(each)) {
    if (BASES.includes(each.constructor.name) && Object.getPrototypeOf(each) === Object.prototype) return prototypes
    prototypes.push(each)
  }
  return undefined
}

/**
 * A subclass of which each method and getter is an invocation; one that another method calls is a part of that one's. They stand where
 * the runtime looks for what may be called over RPC, on the prototype.
 */
export function wrapClass<Class extends WorkersClass>(
  Class: Class,
  prototypes: readonly object[],
  clientFor: (env: unknown) => Analytics,
  timeout: number | undefined,
): Class {
  const open = ({ ctx, env }: Instance) => openScope(clientFor(env), ctx, timeout)
  const currentOf = ({ env }: Instance): Scope | undefined => {
    const client = clientFor(env)
    const current = client.current()
    return current === client ? undefined : current
  }
  /** For what happens outside of invocations, in the constructor for example. */
  const lasting = new WeakMap<Instance, Scope>()
  const scopeOf = (instance: Instance): Scope => {
    const scope = currentOf(instance) ?? lasting.get(instance)
    if (scope) return scope
    const opened = open(instance)
    lasting.set(instance, opened)
    return opened
  }
  const call = (instance: Instance, method: () => unknown) =>
    currentOf(instance) ? method() : invoke(open(instance), method)

  // The casts: only the runtime constructs it.
  const Wrapped = class extends (Class as unknown as new (ctx: never, env: never) => Instance) {
    constructor(ctx: never, env: never) {
      super(ctx, env)
      // Its own, since what is on the prototype can be asked for over RPC; a field that is only declared has no value.
      if (Object.getOwnPropertyDescriptor(this, 'analytics')?.value !== undefined) return
      Object.defineProperty(this, 'analytics', { get: () => scopeOf(this), configurable: true })
    }
  }
  Object.defineProperty(Wrapped, 'name', { value: Class.name })
  Object.defineProperty(Wrapped.prototype, 'analytics', {
    get(this: Instance) {
      return scopeOf(this)
    },
    set(this: Instance, value: unknown) {
      Object.defineProperty(this, 'analytics', { value, writable: true, configurable: true })
    },
  })
  for (const prototype of [...prototypes].reverse()) {
    for (const [name, descriptor] of Object.entries<PropertyDescriptor>(Object.getOwnPropertyDescriptors(prototype))) {
      if (name !== 'constructor') Object.defineProperty(Wrapped.prototype, name, wrapMember(descriptor, call))
    }
  }
  return Wrapped as unknown as Class
}

function wrapMember(
  descriptor: PropertyDescriptor,
  call: (instance: Instance, method: () => unknown) => unknown,
): PropertyDescriptor {
  // The types of a descriptor have its values as any.
  const { value, get } = descriptor as { value?: unknown; get?: () => unknown }
  if (typeof value === 'function') {
    const wrapped = function (this: Instance, ...args: unknown[]) {
      return call(this, () => Reflect.apply(value, this, args))
    }
    return { ...descriptor, value: wrapped }
  }
  if (!get) return descriptor
  const wrapped = function (this: Instance) {
    return call(this, () => Reflect.apply(get, this, []))
  }
  return { ...descriptor, get: wrapped }
}
