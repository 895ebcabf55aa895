/**
 * Waits until the runtime has posted the result, which it does in the next turn of the event loop, by a call that blocks. A flush
 * that starts one turn later costs the caller nothing, not even the time that it takes to begin.
 */
export function afterResponse(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
