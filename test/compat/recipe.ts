import { isPlainObject } from '../../src/lib/is-plain-object.ts'

/** A value that is made anew each time: the reference writes into what it is given, and must not do so into what ours gets. */
export class Recipe {
  readonly make: () => unknown

  constructor(make: () => unknown) {
    this.make = make
  }

  /** How a failing program shows it. */
  toString(): string {
    return String(this.make)
  }
}

/** A deep copy in which every recipe has been followed. */
export function realize(value: unknown): unknown {
  if (value instanceof Recipe) return value.make()
  if (value instanceof Date) return new Date(value)
  if (Array.isArray(value)) return value.map(realize)
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, realize(field)]))
}
