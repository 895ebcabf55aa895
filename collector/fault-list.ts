import type { Fault } from './fault.ts'
import { maskKey } from './secrets.ts'
import { type Filter, matches } from './store.ts'
import { validateFault } from './validate-fault.ts'

export interface FaultTarget {
  readonly path: string
  readonly keys: readonly unknown[]
  readonly clientId?: string | undefined
  readonly messageIds: readonly string[]
}

/** A fault that hits a request. */
export interface Firing {
  readonly fault: Fault
  /** Aborted once the fault has been removed, so that it does not keep holding back what it hit. */
  readonly removed: AbortSignal
  /** The same for the delay, which may come from another fault. */
  readonly delayRemoved: AbortSignal
}

interface Armed extends Omit<Firing, 'delayRemoved'> {
  readonly id: string
  readonly remover: AbortController
  readonly random: () => number
  seen: number
  fired: number
  poisonId?: string
}

const WITHOUT_BODY: readonly unknown[] = [204, 304]

export class FaultList {
  #armed: Armed[] = []
  #standing: Armed[] = []
  #nextId = 1
  readonly #initial: readonly Fault[]
  readonly #onChange: () => void

  /** `initial` faults are part of the set-up: `clear()` resets them instead of removing them. */
  constructor(initial: readonly Fault[] = [], onChange = () => {}) {
    this.#initial = initial
    this.#standing = initial.map((fault) => arm('', fault))
    this.#onChange = onChange
  }

  /** @throws TypeError if the fault is not valid */
  add(fault: unknown): string {
    const id = String(this.#nextId++)
    this.#armed.push(arm(id, fault))
    this.#onChange()
    return id
  }

  /** The added faults, without initial ones, with masked write keys. */
  list(): { id: string; fault: Fault }[] {
    return this.#armed.map(({ id, fault }) => {
      const { writeKey } = fault
      return { id, fault: writeKey === undefined ? fault : { ...fault, writeKey: maskKey(writeKey) } }
    })
  }

  remove(id: string): boolean {
    return this.#removeAll((armed) => armed.id === id) > 0
  }

  /** With a filter, only the added faults for one key or app. */
  clear(filter: Filter = {}): void {
    if (filter.writeKey === undefined && filter.clientId === undefined) {
      const standing = this.#standing
      this.#standing = this.#initial.map((fault) => arm('', fault))
      for (const { remover } of standing) remover.abort()
    }
    this.#removeAll(({ fault }) => matches(fault, filter))
  }

  #removeAll(isUnwanted: (armed: Armed) => boolean): number {
    const removed = this.#armed.filter(isUnwanted)
    this.#armed = this.#armed.filter((armed) => !removed.includes(armed))
    for (const { remover } of removed) remover.abort()
    this.#onChange()
    return removed.length
  }

  /** The fault for this request. Every fault counts the request, so that `requests` does not depend on other faults. */
  take(target: FaultTarget): Firing | undefined {
    const due = [...this.#armed, ...this.#standing].filter((armed) => isDue(armed, target))
    const slowing = due.find(({ fault }) => isSlowness(fault))
    const answering = due.find(({ fault }) => !isSlowness(fault)) ?? slowing
    if (answering === undefined) return undefined
    answering.fired++
    const { fault, removed } = answering
    if (slowing === undefined || fault.delayMs !== undefined || fault.hang)
      return { fault, removed, delayRemoved: removed }
    return { fault: { ...fault, delayMs: slowing.fault.delayMs ?? 0 }, removed, delayRemoved: slowing.removed }
  }
}

const SLOWNESS: readonly string[] = ['delayMs', 'writeKey', 'clientId', 'path'] satisfies (keyof Fault)[]

/** A delay of all answers, whatever they are. */
function isSlowness(fault: Fault): boolean {
  return Object.keys(fault).every((field) => SLOWNESS.includes(field))
}

function arm(id: string, value: unknown): Armed {
  const fault = validateFault(value)
  if (fault.hangBody && (fault.body === '' || WITHOUT_BODY.includes(fault.status))) {
    throw new TypeError('fault.hangBody: not allowed for an answer without a body')
  }
  const random = fault.seed === undefined ? Math.random : createRandom(fault.seed)
  const remover = new AbortController()
  return { id, fault: cloneFault(fault), random, seen: 0, fired: 0, remover, removed: remover.signal }
}

/** @throws TypeError if the body cannot be sent as JSON */
function cloneFault({ body, ...others }: Fault): Fault {
  const clone = structuredClone(others)
  if (typeof body !== 'object') return body === undefined ? clone : { ...clone, body }
  try {
    return { ...clone, body: JSON.parse(JSON.stringify(body)) }
  } catch (cause) {
    throw new TypeError('fault.body: must be a string or an object that can be sent as JSON', { cause })
  }
}

function isDue(armed: Armed, target: FaultTarget): boolean {
  const { fault, random } = armed
  if (fault.writeKey !== undefined && !target.keys.includes(fault.writeKey)) return false
  if (fault.clientId !== undefined && fault.clientId !== target.clientId) return false
  if (fault.path !== undefined && fault.path !== target.path) return false
  if (fault.poison && !hasPoison(armed, target)) return false
  const index = armed.seen++
  const isSpared = fault.probability !== undefined && random() >= fault.probability
  if (isSpared || (fault.requests !== undefined && !fault.requests.includes(index))) return false
  return fault.times === undefined || armed.fired < fault.times
}

function hasPoison(armed: Armed, { messageIds }: FaultTarget): boolean {
  const [first] = messageIds
  if (armed.poisonId === undefined && first !== undefined) armed.poisonId = first
  return armed.poisonId !== undefined && messageIds.includes(armed.poisonId)
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
