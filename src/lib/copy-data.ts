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
  // The cast: an array is an object whose fields are its elements.
  const copied = (isArray ? [...value] : { ...value }) as Record<string, unknown>
  // Before its fields, so that what refers to itself does so in the copy.
  copies.set(value, copied)
  // Where '__proto__' is a field, the copy has it as its own by now, and assigning changes that one.
  for (const key of Object.keys(copied)) copied[key] = copy(copied[key], copies)
  return copied
}
