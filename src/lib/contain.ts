import { adopt, isThenable } from './is-thenable.ts'

/**
 * Calls code that is not ours. What it throws or rejects with goes to `onError`. Returns a promise of the end of its work if it
 * returns a promise; that one never rejects.
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
