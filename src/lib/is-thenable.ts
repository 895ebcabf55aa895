/** Whether a value is a promise of any implementation; reads nothing but `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** A native promise for a thenable's result, even if its `then` resolves twice, throws or returns nonsense. */
export function adopt<Value>(thenable: PromiseLike<Value>): Promise<Value> {
  return new Promise((resolve) => resolve(thenable))
}
