/** Whether a value is a promise of any make: only `then` is read. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** A real promise of what a thenable comes to, whatever its `then` does: answers twice, throws, returns nonsense. */
export function adopt<Value>(thenable: PromiseLike<Value>): Promise<Value> {
  return new Promise((resolve) => resolve(thenable))
}
