/**
 * Waits until the runtime has posted the result, which it does in the next turn of the event loop with a blocking call.
 * A flush that starts a turn later costs the caller nothing, not even the time to start it.
 */
export function afterResponse(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
