/**
 * A value as JSON.stringify would see it: the result of its `toJSON`, if it has one. Call this before reading anything
 * else from it.
 */
export function readAsJson<Value>(value: Value, key = ''): Value {
  const { toJSON } = (value ?? {}) as { toJSON?: unknown }
  // The cast: the result of `toJSON` stands for the value.
  return typeof toJSON === 'function' ? (toJSON.call(value, key) as Value) : value
}
