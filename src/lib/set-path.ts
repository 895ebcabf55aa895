import { readAsJson } from './read-as-json.ts'

/** A key through which an object's prototype could be reached, or that decides what becomes of it as JSON. */
const FORBIDDEN_KEY = /^(__proto__|constructor|prototype|toJSON)$/

/** An array may grow by so many places at once: more is a mistake, and would take an event over its size in any case. */
const MAX_GAP = 10_000

/**
 * A record with one value changed, deep inside; `path` is like `traits.address.city` or `products.0.name`. What the path runs
 * through is copied or created, never changed in place: the caller of a call still holds the same objects. A path that leads to a
 * prototype changes nothing. Throws a RangeError for an array that would grow far beyond its end.
 */
export function setPath<Fields extends object>(record: Fields, path: string, value: unknown): Fields {
  const keys = path.split('.')
  if (keys.some((key) => FORBIDDEN_KEY.test(key))) return record
  // The cast: the path decides what becomes of the shape, as it does in Segment's library.
  return setKeys(record, keys, value) as Fields
}

function setKeys(container: unknown, [key = '', ...rest]: string[], value: unknown): unknown {
  const copy = copyContainer(readAsJson(container), key)
  if (Array.isArray(copy) && Number(key === 'length' ? value : key) > copy.length + MAX_GAP) {
    throw new RangeError(`the place ${key} is too far beyond the end of an array of ${copy.length}`)
  }
  copy[key] = rest.length === 0 ? value : setKeys(copy[key], rest, value)
  return copy
}

function copyContainer(container: unknown, key: string): Record<string, unknown> {
  // Casts: an array is a container by its indexes as a record is by its keys.
  if (Array.isArray(container)) return [...container] as unknown as Record<string, unknown>
  if (typeof container === 'object' && container !== null) return { ...container }
  return (/^\d+$/.test(key) ? [] : {}) as Record<string, unknown>
}
