import type { Verdict } from './check.ts'
import type { Fault } from './faults.ts'

export interface Answer {
  readonly status: number
  readonly statusText?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What happens to a request in the end. */
export type Plan =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'half-answer'; readonly answer: Answer }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }

/** A fault that leaves a request unread; with any other, the request is handled and only the answer differs. */
export function isRefusing(fault: Fault): boolean {
  if (fault.hang || fault.reset === true || fault.reset === 'before') return true
  const status = faultStatus(fault)
  return status !== undefined && (status < 200 || status > 299)
}

/** `verdict` is undefined when a fault refused the request. */
export function planAnswer(verdict: Verdict | undefined, fault: Fault | undefined): Plan {
  if (fault?.hang) return { kind: 'hang' }
  if (fault?.reset) return { kind: 'reset' }
  const answer = buildAnswer(verdict, fault)
  return { kind: fault?.hangBody ? 'half-answer' : 'answer', answer }
}

function buildAnswer(verdict: Verdict | undefined, fault: Fault = {}): Answer {
  const status = faultStatus(fault) ?? (verdict === undefined || verdict.ok ? 200 : verdict.status)
  const message = verdict === undefined || verdict.ok ? 'refused by a fault' : verdict.message
  const usual = status < 300 ? '{"success":true}' : JSON.stringify({ success: false, message })
  const body = fault.body ?? usual
  return {
    status,
    ...(fault.statusText !== undefined && { statusText: fault.statusText }),
    headers: {
      'content-type': 'application/json',
      ...(fault.retryAfter !== undefined && { 'retry-after': String(fault.retryAfter) }),
      ...lowerCaseNames(fault.headers ?? {}),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

function faultStatus({ status, retryAfter }: Fault): number | undefined {
  return status ?? (retryAfter === undefined ? undefined : 429)
}

function lowerCaseNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
