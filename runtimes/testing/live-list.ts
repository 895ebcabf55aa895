/** A list that a test reads while it grows, and may change or even freeze. */
export class LiveList<Item> {
  /** Another array once a test has frozen it. */
  items: Item[] = []

  push(item: Item): void {
    this.#writable().push(item)
  }

  /** Puts another item in the place of one, if it is still there. */
  replace(item: Item, ...others: Item[]): void {
    // From the end: what changes is mostly new.
    const index = this.items.lastIndexOf(item)
    if (index >= 0) this.#writable().splice(index, 1, ...others)
  }

  clear(): void {
    this.#writable().length = 0
  }

  #writable(): Item[] {
    if (!Object.isExtensible(this.items)) this.items = [...this.items]
    return this.items
  }
}
