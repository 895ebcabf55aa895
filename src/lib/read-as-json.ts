/** A value as JSON would read it: what its `toJSON` says, if it has one. Nothing of it may be looked at before. */
export function readAsJson<Value>(value: Value, key = ''): Value {
  const { toJSON } = (value ?? {}) as { toJSON?: unknown }
  // The cast: what a document says of itself stands for it.
  return typeof toJSON === 'function' ? (toJSON.call(value, key) as Value) : value
}
