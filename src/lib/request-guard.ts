import { AsyncLocalStorage } from './async-store.ts'
import { detectRuntime } from './runtime.ts'
import { tryTo } from './try-to.ts'

interface GuardGlobals {
  WebSocketPair?: new () => Record<number, { readonly readyState: number }>
  Cloudflare?: { compatibilityFlags?: Record<string, boolean | undefined> }
}

// A cast, since no type library is loaded that would know these names.
const globals = globalThis as GuardGlobals
const runtime = detectRuntime()

/** Whether the promises, timers and requests of one request are no business of another. */
export const isRequestBound = runtime === 'cloudflare-worker' || runtime === 'vercel-edge'

/** Documented by Cloudflare, and on by compatibility date: a snapshot cannot be entered from another request. */
const isSnapshotBound =
  AsyncLocalStorage?.snapshot !== undefined &&
  globals.Cloudflare?.compatibilityFlags?.bind_asynclocalstorage_snapshot_to_request === true

/**
 * A habit of workerd: a WebSocketPair belongs to its request. It is tested here, when the module loads: what belongs to a request
 * cannot be made outside of one. (AbortController once had the same habit, and lost both at once.)
 */
const isSocketBound = globals.WebSocketPair !== undefined && tryTo(openSocket) === undefined

/** Some guard has told two requests apart, so guards work here. */
let hasRefused = false

/**
 * Knows whether code runs in the request that made the guard. On workerd, what belongs to a request throws when another one
 * touches it. A guard that cannot know answers no; off request-bound hosts the answer is always yes.
 */
export class RequestGuard {
  readonly #touch = isRequestBound ? tryTo(createProbe) : undefined
  /** Whether the tick goes on in which it was made, or last asked with success: until it ends, no other request can come between. */
  #isInTick = false

  constructor() {
    if (this.#touch) void this.#holdForTick()
  }

  /** Whether a guard that does not object proves that the request is the same. */
  static get isProven(): boolean {
    return runtime !== 'cloudflare-worker' || isSnapshotBound || isSocketBound || hasRefused
  }

  /** Whether it was made in a request, rather than when a module loaded. */
  get isOfRequest(): boolean {
    return this.#touch !== undefined
  }

  /** False if the request is certainly another one. */
  maySame(): boolean {
    if (!isRequestBound) return true
    if (this.#isInTick) return true
    if (!this.#touch) return !isInRequest()
    try {
      this.#touch()
      void this.#holdForTick()
      return true
    } catch {
      hasRefused = true
      return false
    }
  }

  /** True if the request is certainly the same. */
  isSameRequest(): boolean {
    return this.maySame() && RequestGuard.isProven
  }

  /** Asking costs microseconds, of which a tick needs to spend no more than one answer's. */
  async #holdForTick(): Promise<void> {
    this.#isInTick = true
    await undefined
    this.#isInTick = false
  }
}

function createProbe(): (() => unknown) | undefined {
  if (runtime === 'vercel-edge') {
    const { signal } = new AbortController()
    return () => signal.aborted
  }
  if (!isInRequest()) return undefined
  const enter = isSnapshotBound ? AsyncLocalStorage?.snapshot?.() : undefined
  if (enter) return () => enter(doNothing)
  const socket = openSocket()
  return () => socket?.readyState
}

function openSocket(): { readonly readyState: number } | undefined {
  return globals.WebSocketPair && new globals.WebSocketPair()[0]
}

function doNothing(): void {}

/** Workers generate no random values outside of requests. */
function isInRequest(): boolean {
  return tryTo(() => crypto.randomUUID()) !== undefined
}
