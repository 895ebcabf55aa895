import type { After } from './types.ts'

interface Host {
  waitUntil(promise: Promise<unknown>): void
}

/** Where Vercel, and Next on the edge, keep the context of the current request. */
const CONTEXTS = [Symbol.for('@vercel/request-context'), Symbol.for('@next/request-context')]

/**
 * How the host of this invocation is told of work behind the response: by the event or context that it called the handler with, by
 * the context of the request, or by Next's `after`. Undefined where there is no way.
 */
export function findWaitUntil(second: unknown, after: After | undefined): After | undefined {
  for (const host of [second, ...CONTEXTS.map(currentContext)]) {
    // Called as a method: some hosts refuse it otherwise.
    if (hasWaitUntil(host)) return (promise) => host.waitUntil(promise)
  }
  return after && bindToRequest(after)
}

function currentContext(symbol: symbol): unknown {
  // A cast: no type library knows these globals.
  const { [symbol]: holder } = globalThis as Record<symbol, { get?: () => unknown } | undefined>
  return holder?.get?.()
}

function hasWaitUntil(host: unknown): host is Host {
  return typeof (host as Partial<Host> | null | undefined)?.waitUntil === 'function'
}

/**
 * `after` throws outside of a request, in a cached function and under the Pages Router. It knows the request by its asynchronous
 * context, and an event may be tracked without that: in the callback of a connection pool, say.
 */
function bindToRequest(after: After): After | undefined {
  try {
    after(Promise.resolve())
  } catch {
    return undefined
  }
  // A cast: Next makes a global of it.
  const { AsyncLocalStorage } = globalThis as {
    AsyncLocalStorage?: { snapshot?: () => (callback: () => void) => void }
  }
  const inRequest = AsyncLocalStorage?.snapshot?.()
  return inRequest ? (promise) => inRequest(() => after(promise)) : after
}
