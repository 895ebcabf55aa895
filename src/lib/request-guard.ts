import { AsyncLocalStorage } from './async-store.ts'
import { detectRuntime } from './runtime.ts'
import { tryTo } from './try-to.ts'

interface GuardGlobals {
  WebSocketPair?: new () => Record<number, { readonly readyState: number }>
  Cloudflare?: { compatibilityFlags?: Record<string, boolean | undefined> }
}

// A cast, because no loaded type library knows these names.
const globals = globalThis as GuardGlobals
const runtime = detectRuntime()

/** Whether requests must not touch each other's promises, timers and requests. */
export const isRequestBound = runtime === 'cloudflare-worker' || runtime === 'vercel-edge'

/** Documented by Cloudflare and enabled by compatibility date: a snapshot cannot be entered from another request. */
const isSnapshotBound =
  AsyncLocalStorage?.snapshot !== undefined &&
  globals.Cloudflare?.compatibilityFlags?.bind_asynclocalstorage_snapshot_to_request === true

/**
 * On workerd, a WebSocketPair belongs to its request. Tested here, when the module loads, because such objects cannot
 * be created outside a request. (AbortController behaved the same way, and lost both properties at once.)
 */
const isSocketBound = globals.WebSocketPair !== undefined && tryTo(openSocket) === undefined

/** A guard has told two requests apart, so guards work here. */
let hasObjected = false

/**
 * Knows whether code runs in the request that created the guard. On workerd, an object that belongs to a request throws
 * when another request touches it. A guard that cannot know answers no; on hosts that are not request-bound, it always
 * answers yes.
 */
export class RequestGuard {
  readonly #touch: (() => unknown) | undefined
  /**
   * Whether the tick in which the guard was created or last confirmed is still running; no other request can run within
   * it.
   */
  #isInTick = false

  /** @param isCertain whether it is certainly created in a request, on a host that has requests */
  constructor(isCertain = false) {
    if (isRequestBound && (isCertain || isInRequest())) this.#touch = tryTo(createProbe)
    if (this.#touch) void this.#holdForTick()
  }

  /** Whether a guard that does not object proves that the request is the same. */
  static get isProven(): boolean {
    return runtime !== 'cloudflare-worker' || isSnapshotBound || isSocketBound || hasObjected
  }

  /** Whether it was created in a request, rather than when a module loaded. */
  get isOfRequest(): boolean {
    return this.#touch !== undefined
  }

  /** False if this is certainly another request. */
  maySame(): boolean {
    if (!isRequestBound) return true
    if (this.#isInTick) return true
    if (!this.#touch) return !isInRequest()
    try {
      this.#touch()
      void this.#holdForTick()
      return true
    } catch {
      hasObjected = true
      return false
    }
  }

  /** True if this is certainly the same request. */
  isSameRequest(): boolean {
    return this.maySame() && RequestGuard.isProven
  }

  /** A check takes microseconds, so each tick makes only one. */
  async #holdForTick(): Promise<void> {
    this.#isInTick = true
    await undefined
    this.#isInTick = false
  }
}

function createProbe(): () => unknown {
  if (runtime === 'vercel-edge') {
    const { signal } = new AbortController()
    return () => signal.aborted
  }
  const enter = isSnapshotBound ? AsyncLocalStorage?.snapshot?.() : undefined
  if (enter) return () => enter(doNothing)
  const socket = openSocket()
  return () => socket?.readyState
}

function openSocket(): { readonly readyState: number } | undefined {
  return globals.WebSocketPair && new globals.WebSocketPair()[0]
}

function doNothing(): void {}

/** Workers do not generate random values outside requests; Vercel's edge runtime does. */
function isInRequest(): boolean {
  return tryTo(() => crypto.randomUUID()) !== undefined
}
