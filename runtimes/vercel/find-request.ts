import type { After } from './types.ts'

/** A request whose host can wait for work after the response. */
export interface HostRequest {
  readonly waitUntil: After
  /** The host's object for the request, the same on each call; undefined if it has none. */
  readonly key: object | undefined
}

interface Host {
  waitUntil(promise: Promise<unknown>): void
}

/**
 * Where hosts keep the context of the current request: Vercel, OpenNext on Workers, and Next on the edge. OpenNext also
 * has the last one, but creates an object for each caller; its older versions return that of another request.
 */
const CONTEXTS: readonly (() => unknown)[] = [
  () => readGlobal('@vercel/request-context')?.get?.(),
  () => readGlobal('__cloudflare-context__')?.ctx,
  () => readGlobal('@next/request-context')?.get?.(),
]

/**
 * Finds the running request: from the event or context passed to its handler, from the host's request context, or
 * through Next's `after`. Undefined if its host cannot be reached.
 */
export function findRequest(second: unknown, after: After | undefined): HostRequest | undefined {
  if (hasWaitUntil(second)) return bindToHost(second, undefined)
  for (const read of CONTEXTS) {
    const host = read()
    // Some hosts create an object for each caller.
    if (hasWaitUntil(host)) return bindToHost(host, read() === host ? host : undefined)
  }
  return after && bindToNext(after)
}

/** Called as a method, because some hosts throw otherwise. */
function bindToHost(host: Host, key: object | undefined): HostRequest {
  return { waitUntil: (promise) => host.waitUntil(promise), key }
}

function readGlobal(name: string): { get?: () => unknown; ctx?: unknown } | undefined {
  // A cast: no type library knows these globals.
  return (globalThis as Record<symbol, { get?: () => unknown; ctx?: unknown } | undefined>)[Symbol.for(name)]
}

function hasWaitUntil(host: unknown): host is Host {
  return typeof (host as Partial<Host> | null | undefined)?.waitUntil === 'function'
}

/**
 * `after` throws outside requests and under the Pages Router. It finds the request through its async context, which may
 * be missing when an event is tracked, for example in a callback of a connection pool.
 */
function bindToNext(after: After): HostRequest | undefined {
  try {
    after(Promise.resolve())
  } catch {
    return undefined
  }
  // A cast: Next makes this a global.
  const { AsyncLocalStorage } = globalThis as {
    AsyncLocalStorage?: { snapshot?: () => (callback: () => void) => void }
  }
  const inRequest = AsyncLocalStorage?.snapshot?.()
  return { waitUntil: inRequest ? (promise) => inRequest(() => after(promise)) : after, key: undefined }
}
