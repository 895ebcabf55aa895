import { shareInstances } from './lib/share-instances.ts'

/** Why an event was not delivered; stable, for programs to compare. */
export type DeliveryErrorCode =
  /** Segment cannot use the event. `field` names what is wrong. */
  | 'ERR_INVALID_EVENT'
  /** The settings of a wrapper or of `createAnalytics` are wrong, so nothing can be sent. `cause` names the setting. */
  | 'ERR_INVALID_SETTINGS'
  /** The event could not become JSON: a circular reference, a BigInt, a `toJSON` or a getter that throws. */
  | 'ERR_NOT_SERIALIZABLE'
  /** The event's JSON is over 32 KB. */
  | 'ERR_EVENT_TOO_LARGE'
  /** The server responded with a status that is not retried, or the retries are used up. See `status` and `answer`. */
  | 'ERR_HTTP_STATUS'
  /** No response within `httpRequestTimeout`, at the last attempt. */
  | 'ERR_TIMEOUT'
  /** The connection failed, at the last attempt. */
  | 'ERR_NETWORK'
  /** The HTTP client did not return a response. */
  | 'ERR_BAD_RESPONSE'
  /** With OAuth, there is no access token to send the events with. `status` is the token server's, if it responded. */
  | 'ERR_TOKEN'
  /** The deadline of a flush passed first. `cause` is the last failure, if any. */
  | 'ERR_DEADLINE'
  /** A `before` plugin stopped the event, a hook exceeded `pluginTimeout`, or a critical plugin did not load. `cause` is what it threw. */
  | 'ERR_PLUGIN'
  /** The call came after `closeAndFlush()`. */
  | 'ERR_CLOSED'
  /** The queue was full: it had reached `maxQueueSize` or `maxQueueBytes`. */
  | 'ERR_QUEUE_FULL'
  /** Not delivered, and accepted by `onUndelivered`. `cause` is why it was not delivered. */
  | 'ERR_HANDED_OVER'
  /** The queue of `handOver: { when: 'always' }` did not accept the event. `cause` is its reason. */
  | 'ERR_NOT_HANDED_OVER'

interface DeliveryErrorDetails {
  cause?: unknown
  status?: number | undefined
  answer?: string | undefined
  field?: string | undefined
}

/** Why an event failed, as its callback, the `error` event and `ctx.failedDelivery()` report it. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly code: DeliveryErrorCode
  /** HTTP status of the last response, with `ERR_HTTP_STATUS` and `ERR_TOKEN`. */
  readonly status: number | undefined
  /** The first 300 characters of that response's body, without secrets. */
  readonly answer: string | undefined
  /** What is wrong in the event, with `ERR_INVALID_EVENT`: for example `.timestamp`. */
  readonly field: string | undefined

  constructor(code: DeliveryErrorCode, message: string, { cause, status, answer, field }: DeliveryErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
    this.answer = answer
    this.field = field
  }
}

/** Thrown at once by a call or a constructor for an argument that it cannot use. */
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

shareInstances(DeliveryError, 'DeliveryError')
shareInstances(ValidationError, 'ValidationError')
