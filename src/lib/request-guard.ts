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
let hasRefused = false

/** Turns of the microtask queue that a handler's tick may take; a longer tick costs some microseconds. */
const TICK_TURNS = 64

/**
 * Knows whether code runs in the request that created the guard. On workerd, an object that belongs to a request throws
 * when another request touches it. A guard that cannot know answers no; on hosts that are not request-bound, it always
 * answers yes.
 */
export class RequestGuard {
  /** Whether it was created in a request, rather than when a module loaded. */
  readonly isOfRequest: boolean
  #touch: (() => unknown) | undefined
  /**
   * Whether the tick in which the guard was created or last confirmed is still running; no other request can run within
   * it.
   */
  #isInTick = false
  #isAbandoned = false

  /** @param isCertain whether it is certainly created in a request, if the host has any */
  constructor(isCertain = false) {
    this.isOfRequest = isRequestBound && (isCertain || isInRequest())
    if (this.isOfRequest) void this.#proveLater()
  }

  /** Whether a guard that does not object proves that the request is the same. */
  static get isProven(): boolean {
    return runtime !== 'cloudflare-worker' || isSnapshotBound || isSocketBound || hasRefused
  }

  /** Whether it answers no in its own request as well. */
  get isAbandoned(): boolean {
    return this.#isAbandoned && !this.#touch
  }

  /** Makes it answer in later ticks. The guard does so itself when its tick ends. */
  prove(): void {
    if (this.#isInTick) this.#touch ??= tryTo(createProbe)
  }

  /** Saves the cost of a proof that nobody needs: the first one in a request delays its response. */
  abandon(): void {
    this.#isAbandoned = true
  }

  /** False if this is certainly another request. */
  maySame(): boolean {
    if (!isRequestBound) return true
    if (this.#isInTick) return true
    if (!this.isOfRequest) return !isInRequest()
    if (!this.#touch) return false
    try {
      this.#touch()
      void this.#holdForTick()
      return true
    } catch {
      hasRefused = true
      return false
    }
  }

  /** True if this is certainly the same request. */
  isSameRequest(): boolean {
    return this.maySame() && RequestGuard.isProven
  }

  /** At the end of the tick, because most handlers that await nothing have ended by then. */
  async #proveLater(): Promise<void> {
    this.#isInTick = true
    for (let turn = 0; turn < TICK_TURNS && !this.#isAbandoned; turn++) await undefined
    if (!this.#isAbandoned) this.prove()
    this.#isInTick = false
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
