import type { CheckResult } from './check.ts'
import type { Fault } from './fault.ts'

export interface Answer {
  readonly status: number
  readonly statusText?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const JSON_TYPE = { 'content-type': 'application/json' }

const REJECTED: Answer = { status: 200, headers: JSON_TYPE, body: '{"success":false,"message":"rejected by a fault"}' }

/** What finally happens to a request. */
export type Plan =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'half-answer'; readonly answer: Answer }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }

/** Whether a fault leaves a request unread; otherwise, the request is handled and only the answer differs. */
export function isRejecting(fault: Fault): boolean {
  if (fault.hang || fault.reset === true || fault.reset === 'before') return true
  const status = faultStatus(fault)
  return status !== undefined && (status < 200 || status > 299)
}

/** `usual` is the answer without a fault; undefined if a fault rejected the request unread. */
export function planAnswer(usual: Answer | undefined, fault: Fault | undefined): Plan {
  if (fault?.hang) return { kind: 'hang' }
  if (fault?.reset) return { kind: 'reset' }
  const answer = buildAnswer(usual, fault)
  return { kind: fault?.hangBody ? 'half-answer' : 'answer', answer }
}

/** The Tracking API's answer. */
export function toAnswer(result: CheckResult, headers: Record<string, string> = {}): Answer {
  const body = result.ok ? { success: true } : { success: false, message: result.message }
  return {
    status: result.ok ? 200 : result.status,
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify(body),
  }
}

function buildAnswer(usual: Answer = REJECTED, fault: Fault = {}): Answer {
  const status = faultStatus(fault) ?? usual.status
  const isTurned = status < 300 && usual.status >= 300
  const body = fault.body ?? (isTurned ? '{"success":true}' : usual.body)
  return {
    status,
    ...(fault.statusText !== undefined && { statusText: fault.statusText }),
    headers: {
      ...usual.headers,
      ...(fault.retryAfter !== undefined && { 'retry-after': String(fault.retryAfter) }),
      ...lowerCaseNames(fault.headers ?? {}),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

function faultStatus({ status, retryAfter, poison }: Fault): number | undefined {
  if (poison) return 400
  return status ?? (retryAfter === undefined ? undefined : 429)
}

function lowerCaseNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
