/** What `analytics-edge/testing` puts on the global object, for all copies of the package, while a test captures events. */
export interface Capture<Client> {
  /** Called for each event that a queue accepts, with its JSON; without JSON if the event cannot be sent. */
  accept(queue: { flushSoon(): void; readonly pendingCount: number }, emitter: object, json?: string): void
  /** The HTTP client for a captured client; undefined for any other. */
  findTransport(emitter: object): Client | undefined
}

const CAPTURE = Symbol.for('analytics-edge.capture')

export function findCapture<Client>(): Capture<Client> | undefined {
  // The cast: only this package uses the symbol.
  return (globalThis as { [CAPTURE]?: Capture<Client> })[CAPTURE]
}
