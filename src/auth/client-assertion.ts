import { encodeBase64Url } from './base64-url.ts'
import type { SigningKey } from './import-key.ts'

export interface AssertionParams {
  readonly clientId: string
  readonly keyId: string
  /** The token server, without a trailing slash. */
  readonly audience: string
  /** By the token server's clock, as far as it is known. */
  readonly nowMs: number
}

/** In the past, for a clock that is a little ahead. */
const ISSUED_BEFORE_SECONDS = 5
/** Segment accepts no longer life. */
const LIFE_SECONDS = 60

/** A JWT (RFC 7523, 3) by which a client proves, once, that it holds the private key. */
export async function signAssertion(key: SigningKey, params: AssertionParams): Promise<string> {
  const { clientId, keyId, audience } = params
  const { iat, exp } = resolveWindow(params.nowMs)
  const header = { alg: 'RS256', typ: 'JWT', kid: keyId }
  const claims = { iss: clientId, sub: clientId, aud: audience, iat, exp, jti: crypto.randomUUID() }
  const content = `${encodeBase64Url(JSON.stringify(header))}.${encodeBase64Url(JSON.stringify(claims))}`
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, new TextEncoder().encode(content))
  return `${content}.${encodeBase64Url(new Uint8Array(signature))}`
}

/** Whether an assertion made at one moment counts at another. */
export function isInWindow(madeAtMs: number, nowMs: number): boolean {
  const { iat, exp } = resolveWindow(madeAtMs)
  return nowMs >= iat * 1000 && nowMs < exp * 1000
}

function resolveWindow(nowMs: number): { iat: number; exp: number } {
  const iat = Math.floor(nowMs / 1000) - ISSUED_BEFORE_SECONDS
  return { iat, exp: iat + LIFE_SECONDS }
}
