export interface Limits {
  /** @default Infinity */
  readonly maxCount?: number
  /** @default Infinity */
  readonly maxBytes?: number
}

interface Entry<T> {
  readonly item: T
  readonly bytes: number
}

/** The newest items, in order. The oldest are dropped once there are too many, or they are too large together. */
export class BoundedLog<T> {
  readonly #maxCount: number
  readonly #maxBytes: number
  readonly #keyOf: (item: T) => number
  /** A Map lists its entries in insertion order. */
  readonly #entries = new Map<number, Entry<T>>()
  #bytes = 0
  #nextKey = 0

  /** @param keyOf a number of its own for each item, if items are looked up */
  constructor(
    { maxCount = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY }: Limits = {},
    keyOf?: (item: T) => number,
  ) {
    this.#maxCount = maxCount
    this.#maxBytes = maxBytes
    this.#keyOf = keyOf ?? (() => this.#nextKey++)
  }

  /** Returns the items that were dropped. */
  push(item: T, bytes: number): T[] {
    this.#entries.set(this.#keyOf(item), { item, bytes })
    this.#bytes += bytes
    const dropped: T[] = []
    for (const [key, oldest] of this.#entries) {
      const isOver = this.#entries.size > this.#maxCount || this.#bytes > this.#maxBytes
      if (!isOver || this.#entries.size === 1) break
      this.#delete(key, oldest)
      dropped.push(oldest.item)
    }
    return dropped
  }

  /** Undefined once it has been dropped or removed. */
  get(key: number): T | undefined {
    return this.#entries.get(key)?.item
  }

  /** Oldest first. */
  keys(): Iterable<number> {
    return this.#entries.keys()
  }

  list(): T[] {
    return [...this.#entries.values()].map(({ item }) => item)
  }

  remove(isUnwanted: (item: T) => boolean): void {
    for (const [key, entry] of this.#entries) if (isUnwanted(entry.item)) this.#delete(key, entry)
  }

  #delete(key: number, { bytes }: Entry<T>): void {
    this.#entries.delete(key)
    this.#bytes -= bytes
  }
}
