import { isPlainObject } from '../lib/is-plain-object.ts'

/** A token and its lifetime, in epoch milliseconds on the token server's clock. */
export interface AccessToken {
  readonly value: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

/** The characters that `Authorization: Bearer` allows: RFC 6750, section 2.1. */
const BEARER = /^[\w.~+/-]+=*$/

/** The token in a response of the token server: RFC 6749, section 5.1. */
export function parseTokenResponse(body: string, nowMs: number): AccessToken | undefined {
  const fields = parseJson(body)
  const lifeMs = Number(fields.expires_in) * 1000
  return buildToken(fields.access_token, nowMs, nowMs + lifeMs)
}

/** A token in the format shared between isolates. */
export function formatToken({ value, issuedAtMs, expiresAtMs }: AccessToken): string {
  return JSON.stringify({ token: value, issuedAt: issuedAtMs, expiresAt: expiresAtMs })
}

export function parseToken(text: string): AccessToken | undefined {
  const { token, issuedAt, expiresAt } = parseJson(text)
  return buildToken(token, Number(issuedAt), Number(expiresAt))
}

/** The fields of a JSON object; none if the text is anything else. */
export function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return isPlainObject(value) ? value : {}
  } catch {
    return {}
  }
}

function buildToken(value: unknown, issuedAtMs: number, expiresAtMs: number): AccessToken | undefined {
  if (typeof value !== 'string' || !BEARER.test(value)) return undefined
  const isLiving = Number.isFinite(issuedAtMs) && Number.isFinite(expiresAtMs) && expiresAtMs > issuedAtMs
  return isLiving ? { value, issuedAtMs, expiresAtMs } : undefined
}
