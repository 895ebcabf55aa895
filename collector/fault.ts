/**
 * Which requests fail, and how. If several faults match a request, the one added first wins; initial ones come last. One
 * that only delays, each time, also delays the answers of those others that have no delay of their own.
 */
export interface Fault {
  /** Only requests with this key in Authorization or body. */
  writeKey?: string
  /** Only requests of this OAuth app for a token. */
  clientId?: string
  /** Only requests to this path, for example `/v1/batch`. */
  path?: string
  /** Indexes among the requests that match `writeKey` and `path`, counted from 0 since the fault was added. */
  requests?: number[]
  /** At most this many times. */
  times?: number
  /** Probability that a matching request is hit, 0 to 1. `seed` makes the sequence repeatable. */
  probability?: number
  seed?: number

  /**
   * Milliseconds before the answer, 0 to 600,000. Once the fault is removed, the answer waits no longer. Without other
   * fields, the request is accepted as usual.
   */
  delayMs?: number
  /** 200 to 599. Unless it is 2xx, events are not stored. */
  status?: number
  statusText?: string
  /** All but those of the connection and of the body's length, such as `transfer-encoding`. */
  headers?: Record<string, string>
  /** A string is sent unchanged, anything else as JSON. */
  body?: string | object
  /** The Retry-After header: seconds or an HTTP date. `status` is then 429 unless given. */
  retryAfter?: string | number
  /** Never answers; the connection stays open until the client closes it or the fault is removed. */
  hang?: true
  /** Sends status, headers and half of the body, then hangs. The answer must have a body. */
  hangBody?: true
  /** Resets the connection: before anything is stored (as `true` does), or after. */
  reset?: true | 'before' | 'after'
  /** The next event is poison: each request that contains it gets a 400; others are accepted. */
  poison?: true
}
