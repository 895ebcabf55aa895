import type { Fault } from './fault.ts'
import { maskKey } from './secrets.ts'
import { validateFault } from './validate-fault.ts'

export interface FaultTarget {
  readonly path: string
  readonly keys: readonly unknown[]
  readonly clientId?: string | undefined
  readonly messageIds: readonly string[]
}

interface Armed {
  readonly id: string
  readonly fault: Fault
  readonly random: () => number
  seen: number
  fired: number
  poisonId?: string
}

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
    const before = this.#armed.length
    this.#armed = this.#armed.filter((armed) => armed.id !== id)
    this.#onChange()
    return this.#armed.length < before
  }

  clear(writeKey?: string): void {
    if (writeKey !== undefined) {
      this.#armed = this.#armed.filter(({ fault }) => fault.writeKey !== writeKey)
    } else {
      this.#armed = []
      this.#standing = this.#initial.map((fault) => arm('', fault))
    }
    this.#onChange()
  }

  /** The fault for this request. Every fault counts the request, so that `requests` does not depend on other faults. */
  take(target: FaultTarget): Fault | undefined {
    const firing = [...this.#armed, ...this.#standing].filter((armed) => isDue(armed, target))[0]
    if (firing === undefined) return undefined
    firing.fired++
    return firing.fault
  }
}

function arm(id: string, value: unknown): Armed {
  const fault = validateFault(value)
  const random = fault.seed === undefined ? Math.random : createRandom(fault.seed)
  return { id, fault: structuredClone(fault), random, seen: 0, fired: 0 }
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
