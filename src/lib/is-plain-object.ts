/** Whether a value is an object with fields, rather than an array, a Date, a Map, or no object at all. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]'
}
