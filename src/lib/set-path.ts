import { readAsJson } from './read-as-json.ts'

/** A key that leads to an object's prototype or changes its JSON. */
const FORBIDDEN_KEY = /^(__proto__|constructor|prototype|toJSON)$/

/** How far an array may grow at once: more is a mistake, and would make the event too large in any case. */
const MAX_GAP = 10_000

/**
 * A record with one nested value changed; `path` is like `traits.address.city` or `products.0.name`. Objects on the
 * path are copied or created, never changed in place, because the caller still has them. A path that leads to a
 * prototype changes nothing. Throws a RangeError for an array that would grow far beyond its end.
 */
export function setPath<Fields extends object>(record: Fields, path: string, value: unknown): Fields {
  const keys = path.split('.')
  if (keys.some((key) => FORBIDDEN_KEY.test(key))) return record
  // The cast: the path can change the shape, as in Segment's library.
  return setKeys(record, keys, value) as Fields
}

function setKeys(container: unknown, [key = '', ...rest]: string[], value: unknown): unknown {
  const copy = copyContainer(readAsJson(container), key)
  if (Array.isArray(copy) && Number(key === 'length' ? value : key) > copy.length + MAX_GAP) {
    throw new RangeError(`the index ${key} is too far beyond the end of an array of ${copy.length}`)
  }
  copy[key] = rest.length === 0 ? value : setKeys(copy[key], rest, value)
  return copy
}

function copyContainer(container: unknown, key: string): Record<string, unknown> {
  // Casts: an array has values by index as a record has them by key.
  if (Array.isArray(container)) return [...container] as unknown as Record<string, unknown>
  if (typeof container === 'object' && container !== null) return { ...container }
  return (/^\d+$/.test(key) ? [] : {}) as Record<string, unknown>
}
