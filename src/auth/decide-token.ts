import { DeliveryError } from '../errors.ts'
import type { Answer, ResponseAnswer } from '../http/exchange.ts'
import { parseRetryAfterMs } from '../http/retry-after.ts'
import { type AccessToken, parseAnswer, parseJson } from './access-token.ts'
import { isInWindow } from './client-assertion.ts'

/** What an answer of the token server comes to. */
export type TokenDecision =
  | { kind: 'token'; token: AccessToken }
  /** It would be refused again. */
  | { kind: 'failed'; reason: DeliveryError }
  /** The clock was wrong, and is right now: ask again at once, with an assertion of another time. */
  | { kind: 'clock'; reason: DeliveryError }
  /** `askedMs` is the pause that the server asks for, if it does. */
  | { kind: 'retry'; askedMs: number | undefined; isRateLimited: boolean; reason: DeliveryError }

export interface TokenAnswer {
  readonly answer: Answer
  readonly tokenUrl: string
  /** When the assertion was made, by the clock that was taken for the server's then. */
  readonly madeAtMs: number
  /** Now, by the server's clock. */
  readonly nowMs: number
  readonly redact: (text: string) => string
}

/** A description is a sentence; anything longer is no business of a log. */
const MAX_DESCRIPTION_LENGTH = 300

const UNRECOVERABLE_STATUSES = new Set([400, 401, 415])

export function decideToken({ answer, tokenUrl, madeAtMs, nowMs, redact }: TokenAnswer): TokenDecision {
  if (answer.kind === 'error') {
    const reason = buildTokenError(`${tokenUrl}: ${answer.reason.message}`, { cause: answer.reason })
    return { kind: 'retry', askedMs: undefined, isRateLimited: false, reason }
  }
  if (answer.status === 200) {
    const token = parseAnswer(answer.body, nowMs)
    if (token) return { kind: 'token', token }
    const reason = buildTokenError(`${tokenUrl} answered 200 without a token`, { status: 200 })
    return { kind: 'retry', askedMs: undefined, isRateLimited: false, reason }
  }
  const reason = buildRejection(answer, tokenUrl, redact)
  if (UNRECOVERABLE_STATUSES.has(answer.status)) {
    return { kind: isClockToBlame(answer, madeAtMs, nowMs) ? 'clock' : 'failed', reason }
  }
  return {
    kind: 'retry',
    askedMs: parseRetryAfterMs(answer.headers, nowMs),
    isRateLimited: answer.status === 429,
    reason,
  }
}

export function buildTokenError(what: string, options: { cause?: unknown; status?: number }): DeliveryError {
  return new DeliveryError('ERR_TOKEN', `no access token: ${what}`, options)
}

/**
 * Whether the assertion was refused for its time: by the server's own clock it was not valid, or the server says so. The
 * words are a server's, so they only ever cost one more request.
 */
function isClockToBlame({ status, headers, body }: ResponseAnswer, madeAtMs: number, nowMs: number) {
  if (status !== 400 || headers.date === undefined) return false
  return !isInWindow(madeAtMs, nowMs) || /expired|before it was issued|\biat\b|\bexp\b/i.test(describeBody(body))
}

function buildRejection(
  { status, statusText, body }: ResponseAnswer,
  tokenUrl: string,
  redact: (text: string) => string,
): DeliveryError {
  const described = describeBody(body)
  const text = redact(`${tokenUrl} answered [${status}] ${statusText}${described && `: ${described}`}`)
  return buildTokenError(text, { status })
}

/** RFC 6749, 5.2. Nothing else of the body is shown: a proxy's response may repeat the request. */
function describeBody(body: string): string {
  const { error, error_description } = parseJson(body)
  return [error, error_description]
    .filter((text) => typeof text === 'string')
    .map((text) => text.slice(0, MAX_DESCRIPTION_LENGTH))
    .join(': ')
}
