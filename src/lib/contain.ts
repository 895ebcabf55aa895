import { adopt, isThenable } from './is-thenable.ts'

/**
 * Calls user code and passes what it throws or rejects with to `onError`. If the code returns a promise, so does this:
 * it resolves when the work finishes, and never rejects.
 */
export function contain(call: () => unknown, onError: (error: unknown) => void): Promise<unknown> | undefined {
  try {
    const returned = call()
    return isThenable(returned) ? adopt(returned).then(undefined, onError) : undefined
  } catch (error) {
    onError(error)
    return undefined
  }
}
