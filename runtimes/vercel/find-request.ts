import type { After } from './types.ts'

/** A request, as far as its host can be told of work behind the response. */
export interface HostRequest {
  readonly waitUntil: After
  /** The host's own object for the request, the same at each call; undefined if it has none. */
  readonly key: object | undefined
}

interface Host {
  waitUntil(promise: Promise<unknown>): void
}

/**
 * Where hosts keep the context of the current request: Vercel, OpenNext on Workers, and Next on the edge. OpenNext has the last one
 * as well, but makes an object for each that asks; its older versions answer with that of another request.
 */
const CONTEXTS: readonly (() => unknown)[] = [
  () => readGlobal('@vercel/request-context')?.get?.(),
  () => readGlobal('__cloudflare-context__')?.ctx,
  () => readGlobal('@next/request-context')?.get?.(),
]

/**
 * The request that is running: by the event or context that its handler was called with, by the context of the request, or by Next's
 * `after`. Undefined if there is no way to tell its host of anything.
 */
export function findRequest(second: unknown, after: After | undefined): HostRequest | undefined {
  if (hasWaitUntil(second)) return bindToHost(second, undefined)
  for (const read of CONTEXTS) {
    const host = read()
    // Some hosts make an object for each that asks.
    if (hasWaitUntil(host)) return bindToHost(host, read() === host ? host : undefined)
  }
  return after && bindToNext(after)
}

/** Called as a method: some hosts refuse it otherwise. */
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
 * `after` throws outside of a request, and under the Pages Router. It knows the request by its asynchronous context, and an event may
 * be tracked without that: in the callback of a connection pool, for example.
 */
function bindToNext(after: After): HostRequest | undefined {
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
  return { waitUntil: inRequest ? (promise) => inRequest(() => after(promise)) : after, key: undefined }
}
