/** Fewer free slots than this at the front are not worth a copy. */
const MIN_COMPACTED_COUNT = 1_024

/** A first-in, first-out queue. Each operation takes constant time at any length. */
export class Fifo<Item extends object> {
  #items: (Item | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  get first(): Item | undefined {
    return this.#items[this.#head]
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  shift(): Item | undefined {
    const item = this.#items[this.#head]
    if (!item) return undefined
    this.#items[this.#head++] = undefined
    if (this.length === 0) this.#start([])
    else if (this.#head > MIN_COMPACTED_COUNT && this.#head > this.length) this.#start(this.#items.slice(this.#head))
    return item
  }

  /** Adds items at the front. */
  unshift(...items: Item[]): void {
    this.#start([...items, ...this.takeAll()])
  }

  takeAll(): Item[] {
    // The cast: all slots from the head on are filled.
    const items = this.#items.slice(this.#head) as Item[]
    this.#start([])
    return items
  }

  #start(items: (Item | undefined)[]): void {
    this.#items = items
    this.#head = 0
  }
}
