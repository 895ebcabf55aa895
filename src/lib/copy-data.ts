import { isPlainObject } from './is-plain-object.ts'

/** A deep copy of the plain objects and arrays in a value. Anything else, a Date or an object with a class, stays the same. */
export function copyData<Data>(value: Data): Data {
  // The cast: a copy has the shape of what it copies.
  return copy(value, new Map()) as Data
}

function copy(value: unknown, copies: Map<unknown, unknown>): unknown {
  const isArray = Array.isArray(value)
  if (!isArray && !(isPlainObject(value) && Object.getPrototypeOf(value) === Object.prototype)) return value
  const known = copies.get(value)
  if (known) return known
  const copied: Record<string, unknown> | unknown[] = isArray ? [] : {}
  // Before its fields, so that what refers to itself does so in the copy.
  copies.set(value, copied)
  for (const [key, field] of Object.entries(value)) {
    const descriptor = { value: copy(field, copies), enumerable: true, writable: true, configurable: true }
    // Defined rather than assigned: '__proto__' may be a key like any other.
    Object.defineProperty(copied, key, descriptor)
  }
  return copied
}
