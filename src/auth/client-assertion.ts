import { encodeBase64Url } from './base64-url.ts'
import type { SigningKey } from './import-key.ts'

export interface AssertionParams {
  readonly clientId: string
  readonly keyId: string
  /** The token server, without a trailing slash. */
  readonly audience: string
  /** On the token server's clock, as far as it is known. */
  readonly nowMs: number
}

/** Back-dated, in case our clock is slightly ahead. */
const ISSUED_BEFORE_SECONDS = 5
/** The longest lifetime that Segment accepts. */
const LIFE_SECONDS = 60

/** A single-use JWT (RFC 7523, section 3) that proves that the client has the private key. */
export async function signAssertion(key: SigningKey, params: AssertionParams): Promise<string> {
  const { clientId, keyId, audience } = params
  const { iat, exp } = resolveWindow(params.nowMs)
  const header = { alg: 'RS256', typ: 'JWT', kid: keyId }
  const claims = { iss: clientId, sub: clientId, aud: audience, iat, exp, jti: crypto.randomUUID() }
  const content = `${encodeBase64Url(JSON.stringify(header))}.${encodeBase64Url(JSON.stringify(claims))}`
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, new TextEncoder().encode(content))
  return `${content}.${encodeBase64Url(new Uint8Array(signature))}`
}

/** Whether an assertion made at one time is valid at another. */
export function isInWindow(madeAtMs: number, nowMs: number): boolean {
  const { iat, exp } = resolveWindow(madeAtMs)
  return nowMs >= iat * 1000 && nowMs < exp * 1000
}

function resolveWindow(nowMs: number): { iat: number; exp: number } {
  const iat = Math.floor(nowMs / 1000) - ISSUED_BEFORE_SECONDS
  return { iat, exp: iat + LIFE_SECONDS }
}
