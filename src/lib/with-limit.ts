import { adopt } from './is-thenable.ts'

/** Settles as the promise does, or rejects with `createError()` after `limitMs` milliseconds. Leaves no timer behind. */
export function withLimit<Value>(
  promise: PromiseLike<Value>,
  limitMs: number,
  createError: () => unknown,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(createError()), limitMs)
    const clear = () => clearTimeout(timer)
    const adopted = adopt(promise)
    adopted.then(clear, clear)
    adopted.then(resolve, reject)
  })
}
