export interface Limits {
  /** @default Infinity */
  readonly maxCount?: number
  /** @default Infinity */
  readonly maxBytes?: number
}

/** The newest items, in order. The oldest are dropped once there are too many, or they are too large together. */
export class BoundedLog<T> {
  readonly #maxCount: number
  readonly #maxBytes: number
  #rows: { readonly item: T; readonly bytes: number }[] = []
  #bytes = 0

  constructor({ maxCount = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY }: Limits = {}) {
    this.#maxCount = maxCount
    this.#maxBytes = maxBytes
  }

  /** Returns the items that were dropped. */
  push(item: T, bytes: number): T[] {
    this.#rows.push({ item, bytes })
    this.#bytes += bytes
    const evicted: T[] = []
    while (this.#rows.length > 1 && (this.#rows.length > this.#maxCount || this.#bytes > this.#maxBytes)) {
      const oldest = this.#rows.shift()
      if (oldest === undefined) break
      this.#bytes -= oldest.bytes
      evicted.push(oldest.item)
    }
    return evicted
  }

  list(): T[] {
    return this.#rows.map(({ item }) => item)
  }

  remove(isUnwanted: (item: T) => boolean): void {
    this.#rows = this.#rows.filter(({ item }) => !isUnwanted(item))
    this.#bytes = this.#rows.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}
