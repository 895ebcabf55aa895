import { DeliveryError } from '../errors.ts'
import type { ExchangeResult, ReceivedResponse } from '../http/exchange.ts'
import { parseRetryAfterMs } from '../http/retry-after.ts'
import { type AccessToken, parseJson, parseTokenResponse } from './access-token.ts'
import { isInWindow } from './client-assertion.ts'

/** What to do after a response of the token server. */
export type TokenDecision =
  | { kind: 'token'; token: AccessToken }
  /** The server would reject another request as well. */
  | { kind: 'failed'; reason: DeliveryError }
  /** The clock was wrong and is now corrected: request again at once, with a newly dated assertion. */
  | { kind: 'clock'; reason: DeliveryError }
  /** `retryAfterMs` is the pause that the server asks for, if any. */
  | { kind: 'retry'; retryAfterMs: number | undefined; isRateLimited: boolean; reason: DeliveryError }

export interface TokenResult {
  readonly result: ExchangeResult
  readonly tokenUrl: string
  /** When the assertion was made, by our estimate of the server's clock at the time. */
  readonly madeAtMs: number
  /** Now, on the server's clock. */
  readonly nowMs: number
  readonly redact: (text: string) => string
}

/** A description is a sentence; anything longer does not belong in a log. */
const MAX_DESCRIPTION_LENGTH = 300

const UNRECOVERABLE_STATUSES = new Set([400, 401, 415])

export function decideToken({ result, tokenUrl, madeAtMs, nowMs, redact }: TokenResult): TokenDecision {
  if (result.kind === 'error') {
    const reason = buildTokenError(`${tokenUrl}: ${result.reason.message}`, { cause: result.reason })
    return { kind: 'retry', retryAfterMs: undefined, isRateLimited: false, reason }
  }
  if (result.status === 200) {
    const token = parseTokenResponse(result.body, nowMs)
    if (token) return { kind: 'token', token }
    const reason = buildTokenError(`${tokenUrl} responded without a token`, { status: 200 })
    return { kind: 'retry', retryAfterMs: undefined, isRateLimited: false, reason }
  }
  const reason = buildRejection(result, tokenUrl, redact)
  if (UNRECOVERABLE_STATUSES.has(result.status)) {
    return { kind: isClockToBlame(result, madeAtMs, nowMs) ? 'clock' : 'failed', reason }
  }
  return {
    kind: 'retry',
    retryAfterMs: parseRetryAfterMs(result.headers, nowMs),
    isRateLimited: result.status === 429,
    reason,
  }
}

export function buildTokenError(what: string, options: { cause?: unknown; status?: number }): DeliveryError {
  return new DeliveryError('ERR_TOKEN', `no access token: ${what}`, options)
}

/**
 * Whether the assertion was rejected because of its time: it was not valid by the server's clock, or the server says so.
 * The wording is up to the server, so a match only ever costs one more request.
 */
function isClockToBlame({ status, headers, body }: ReceivedResponse, madeAtMs: number, nowMs: number) {
  if (status !== 400 || headers.date === undefined) return false
  return !isInWindow(madeAtMs, nowMs) || /expired|before it was issued|\biat\b|\bexp\b/i.test(describeBody(body))
}

function buildRejection(
  { status, statusText, body }: ReceivedResponse,
  tokenUrl: string,
  redact: (text: string) => string,
): DeliveryError {
  const described = describeBody(body)
  const text = redact(`${tokenUrl} responded [${status}] ${statusText}${described && `: ${described}`}`)
  return buildTokenError(text, { status })
}

/** RFC 6749, section 5.2. Shows nothing else of the body: a proxy's response may repeat the request. */
function describeBody(body: string): string {
  const { error, error_description } = parseJson(body)
  return [error, error_description]
    .filter((text) => typeof text === 'string')
    .map((text) => text.slice(0, MAX_DESCRIPTION_LENGTH))
    .join(': ')
}
