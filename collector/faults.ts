import { validateFault } from './validate-fault.ts'

/** Which requests go wrong, and how. Of several that match a request, the one added first wins; initial ones come last. */
export interface Fault {
  /** Only requests with this key in Authorization or body. */
  writeKey?: string
  /** Only requests of this OAuth app for a token. */
  clientId?: string
  /** Only requests to this path, `/v1/batch` say. */
  path?: string
  /** Only these among the requests that match `writeKey` and `path`, counted from 0 since the fault was added. */
  requests?: number[]
  /** At most this many times. */
  times?: number
  /** 0 to 1: how likely each matching request is hit. `seed` makes the sequence repeatable. */
  probability?: number
  seed?: number

  /** Milliseconds before the answer, 0 to 600,000. Alone: the request is accepted as usual, its answer is late. */
  delayMs?: number
  /** 200 to 599. Unless it is 2xx, events are not stored. */
  status?: number
  statusText?: string
  headers?: Record<string, string>
  /** Sent as it is when a string, else as JSON. */
  body?: string | object
  /** The Retry-After header: seconds or an HTTP date. `status` is then 429 unless given. */
  retryAfter?: string | number
  /** Never answers; the connection stays open until the client or `close()` ends it. */
  hang?: true
  /** Sends status, headers and half of the body, then hangs. */
  hangBody?: true
  /** Resets the connection: before anything is stored (as `true` does), or after. */
  reset?: true | 'before' | 'after'
}

export interface FaultTarget {
  readonly path: string
  readonly keys: readonly unknown[]
  readonly clientId?: string | undefined
}

interface Armed {
  readonly id: string
  readonly fault: Fault
  readonly random: () => number
  seen: number
  fired: number
}

export class FaultList {
  #armed: Armed[] = []
  #standing: Armed[] = []
  #nextId = 1
  readonly #initial: readonly Fault[]

  /** `initial` faults are part of the set-up: `clear()` starts them anew instead of removing them. */
  constructor(initial: readonly Fault[] = []) {
    this.#initial = initial
    this.clear()
  }

  /** @throws TypeError when the fault is not valid */
  add(fault: unknown): string {
    const id = String(this.#nextId++)
    this.#armed.push(arm(id, fault))
    return id
  }

  remove(id: string): boolean {
    const before = this.#armed.length
    this.#armed = this.#armed.filter((armed) => armed.id !== id)
    return this.#armed.length < before
  }

  clear(writeKey?: string): void {
    if (writeKey !== undefined) {
      this.#armed = this.#armed.filter(({ fault }) => fault.writeKey !== writeKey)
      return
    }
    this.#armed = []
    this.#standing = this.#initial.map((fault) => arm('', fault))
  }

  /** The fault for this request. Every fault counts the request, so that `requests` means the same with and without others. */
  take(target: FaultTarget): Fault | undefined {
    const firing = [...this.#armed, ...this.#standing].filter((armed) => isDue(armed, target))[0]
    if (firing === undefined) return undefined
    firing.fired++
    return firing.fault
  }
}

function arm(id: string, fault: unknown): Armed {
  validateFault(fault)
  const random = fault.seed === undefined ? Math.random : createRandom(fault.seed)
  return { id, fault: structuredClone(fault), random, seen: 0, fired: 0 }
}

function isDue(armed: Armed, target: FaultTarget): boolean {
  const { fault, random } = armed
  if (fault.writeKey !== undefined && !target.keys.includes(fault.writeKey)) return false
  if (fault.clientId !== undefined && fault.clientId !== target.clientId) return false
  if (fault.path !== undefined && fault.path !== target.path) return false
  const index = armed.seen++
  const isSpared = fault.probability !== undefined && random() >= fault.probability
  if (isSpared || (fault.requests !== undefined && !fault.requests.includes(index))) return false
  return fault.times === undefined || armed.fired < fault.times
}

/** mulberry32: small, and the same on every machine. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
