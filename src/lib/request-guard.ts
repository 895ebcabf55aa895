/**
 * Knows whether code runs in the request that made the guard. On Workers an AbortController belongs to its request and
 * throws when another one looks at it; elsewhere the answer is always yes.
 */
export class RequestGuard {
  readonly #controller = new AbortController()

  isSameRequest(): boolean {
    try {
      return !this.#controller.signal.aborted
    } catch {
      return false
    }
  }
}
