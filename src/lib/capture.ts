/** The parts of an event that a capture reads. */
export interface CapturedEvent {
  /** As it would be sent now; empty for an event that cannot be sent. */
  readonly json: string
  /** The context that listeners get with its outcome. */
  readonly context: { readonly event: object; readonly attempts: number }
  /** Already known for a call after `closeAndFlush()`, whose outcome no listener gets. */
  readonly isReported: boolean
  /** Of its outcome, as far as known: 'handed-over' for one that a queue or `onUndelivered` has accepted. */
  readonly status: string
  readonly failure: Error | undefined
}

/** Put on the global object by `analytics-edge/testing`, for all copies of the package, while a test captures events. */
export interface Capture<Client> {
  /** Called for each event of a call, including those that cannot be sent. */
  accept(queue: { flushSoon(): void; readonly pendingCount: number }, emitter: object, event: CapturedEvent): void
  /** Called once the outcome of an event is known. Returns whether it was captured, so that a failure needs no warning. */
  conclude(event: CapturedEvent): boolean
  /** The HTTP client for these events; undefined if neither they nor their client are captured. */
  findTransport(emitter: object, events: readonly CapturedEvent[]): Client | undefined
}

const CAPTURE = Symbol.for('analytics-edge.capture')

export function findCapture<Client>(): Capture<Client> | undefined {
  // The cast: only this package uses the symbol.
  return (globalThis as { [CAPTURE]?: Capture<Client> })[CAPTURE]
}
