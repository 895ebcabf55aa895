/** What `analytics-edge/testing` puts on the global object, for all copies of the package, while a test captures events. */
export interface Capture<Client> {
  /** Told of each event that a queue takes in, and its JSON; of an event that cannot be sent there is none. */
  accept(queue: { flushSoon(): void; readonly pendingCount: number }, emitter: object, json?: string): void
  /** What is to make the requests of a client that is captured. */
  findTransport(emitter: object): Client | undefined
}

const CAPTURE = Symbol.for('analytics-edge.capture')

export function findCapture<Client>(): Capture<Client> | undefined {
  // The cast: only this package uses the symbol.
  return (globalThis as { [CAPTURE]?: Capture<Client> })[CAPTURE]
}
