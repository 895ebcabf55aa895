import type { Analytics, Scope } from '../../src/index.ts'
import type { WorkersContext } from './host-types.ts'
import { openScope } from './invocation.ts'

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
): object {
  const wrapped: Record<string, unknown> = {}
  for (const name of WRAPPED) {
    const handler = handlers[name] as Handler | undefined
    if (typeof handler !== 'function') continue
    wrapped[name] = (event: unknown, env: unknown, ctx: WorkersContext) =>
      openScope(clientFor(env), ctx, timeout).run((scope) => handler.call(handlers, event, env, ctx, scope))
  }
  if (isPlain(handlers)) return { ...handlers, ...wrapped }
  return new Proxy(handlers, {
    get(target, name: string) {
      const value: unknown = wrapped[name] ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
