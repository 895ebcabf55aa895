/** Why an event was not delivered; stable, for programs to compare. */
export type DeliveryErrorCode =
  /** The event could not become JSON: a circular reference, a BigInt, a `toJSON` that throws. */
  | 'ERR_NOT_SERIALIZABLE'
  /** The event's JSON is over 32 KB. */
  | 'ERR_EVENT_TOO_LARGE'
  /** The server answered with a status that is not retried, or retries were used up. See `status`. */
  | 'ERR_HTTP_STATUS'
  /** No answer within `httpRequestTimeout`, at the last attempt. */
  | 'ERR_TIMEOUT'
  /** The connection failed, at the last attempt. */
  | 'ERR_NETWORK'
  /** The HTTP client answered something that is no response. */
  | 'ERR_BAD_RESPONSE'
  /** With OAuth, there is no access token to send the events with. `status` is the token server's answer, where there was one. */
  | 'ERR_TOKEN'
  /** The deadline of a flush passed first. `cause` is the last failure, where there was one. */
  | 'ERR_DEADLINE'
  /** A `before` plugin stopped the event, or a critical plugin or the code of plugins did not load. `cause` is what it threw. */
  | 'ERR_PLUGIN'
  /** The call came after `closeAndFlush()`. */
  | 'ERR_CLOSED'
  /** The queue held `maxQueueSize` events or `maxQueueBytes` already. */
  | 'ERR_QUEUE_FULL'
  /** Not delivered, and taken over by the setting `onUndelivered`. `cause` is why it was not delivered. */
  | 'ERR_HANDED_OVER'

/** The reason that a failed event carries: in its callback, in the `error` event, in `ctx.failedDelivery()`. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly code: DeliveryErrorCode
  /** HTTP status of the last answer, with `ERR_HTTP_STATUS` and `ERR_TOKEN`. */
  readonly status: number | undefined

  constructor(code: DeliveryErrorCode, message: string, { cause, status }: { cause?: unknown; status?: number } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
  }
}

/** Thrown at once by a call or a constructor that was given something it cannot use. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError'
  readonly code = 'ERR_VALIDATION'
  /** What was wrong: a setting (`flushAt`) or a field of the event (`.event`). */
  readonly field: string

  constructor(field: string, message: string) {
    super(`${field} ${message}`)
    this.field = field
  }
}
